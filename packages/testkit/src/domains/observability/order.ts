import type { CreateSpanRecord, ObservabilityStorage, UpdateSpanArgs } from "@stowage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, content, root, stored } from "./spans.ts";

type Event = { create: CreateSpanRecord } | { update: UpdateSpanArgs };

const apply = (store: ObservabilityStorage, event: Event): Promise<void> =>
  "create" in event ? store.createSpan({ span: event.create }) : store.updateSpan(event.update);

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((item, index) => permutations(list.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

/** So many of a list, from all over it. */
const some = <T>(list: readonly T[], count: number): T[] =>
  Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)] as T);

/** What a tracer tells of one span as it goes: snapshots that grow. */
function eventsOf(traceId: string, spanId: string, parentSpanId: string | null, error: unknown = null) {
  const begun = { name: spanId, spanType: "tool_call", isEvent: false, startedAt: at(spanId.length), parentSpanId };
  const first = { ...begun, input: { q: spanId }, metadata: { step: 0 }, organizationId: "o" };
  const middle = { ...first, metadata: { step: 1 }, output: "partial", userId: "u" };
  const last = { ...middle, metadata: { step: 2 }, output: { done: true }, error, tags: ["x"] };
  const key = { traceId, spanId };
  return {
    start: { create: { ...key, ...first } },
    middle: { update: { ...key, updates: { metadata: { step: 1 }, output: "partial", userId: "u", endedAt: null } } },
    middleWhole: { update: { ...key, updates: { ...middle, endedAt: null } } },
    end: {
      update: {
        ...key,
        updates: { ...last, endedAt: at(50), scope: null, links: null } as never,
      },
    },
    endWhole: { create: { ...key, ...last, endedAt: at(50) } as CreateSpanRecord },
  } satisfies Record<string, Event>;
}

export function orderSuite(context: DomainContext): void {
  const open = () => context.store<ObservabilityStorage>("observability");

  describe("order of arrival", () => {
    test.each([
      ["start", "middle", "end"],
      ["start", "middleWhole", "end"],
      ["start", "middle", "endWhole"],
      ["start", "middleWhole", "endWhole"],
    ] as const)("%s, %s and %s give one row in every order, each event doubled", async (...names) => {
      const store = await open();
      const expected = {
        input: { q: "s" },
        metadata: { step: 2 },
        output: { done: true },
        endedAt: at(50),
        userId: "u",
      };
      let first: unknown;
      const doubled = permutations(names).flatMap((order) => [
        order.flatMap((name) => [name, name]),
        [...order, ...order],
      ]);
      const orders = some(doubled, context.runs(doubled.length));
      for (const [index, order] of orders.entries()) {
        const traceId = `${index}-${order.join()}`;
        const events = eventsOf(traceId, "s", null);
        for (const name of order) await apply(store, events[name]);
        const found = await stored(store, traceId, "s");
        expect(found, order.join()).toMatchObject(expected);
        const { traceId: _, ...rest } = found ?? {};
        first ??= rest;
        expect(rest, order.join()).toEqual(first);
        expect((await store.getTrace({ traceId }))?.spans).toHaveLength(1);
      }
      const { total } = (await store.listTraces({ filters: { status: "success" } })).pagination ?? {};
      expect(total).toBe(orders.length);
    });

    test("child before root before parent: the trace appears once, whole", async () => {
      const records = [
        root("t", { endedAt: at(9) }),
        child("t", "a"),
        child("t", "b", { parentSpanId: "a", error: "e" }),
      ];
      for (const order of permutations(records)) {
        const store = await open();
        for (const record of order) await store.createSpan({ span: record });
        const { spans, pagination } = await store.listTraces({ filters: { hasChildError: true } });
        expect(pagination?.total).toBe(1);
        expect(spans[0]).toMatchObject({ spanId: "root", status: "success" });
        expect((await store.getTrace({ traceId: "t" }))?.spans.map(({ spanId }) => spanId)).toEqual(["root", "a", "b"]);
      }
    });

    fd(
      "FD-019",
      "finished spans end in the same trace in whatever order, batches and repetitions they are told",
      async () => {
        const shape = fc.record({
          spans: fc.array(
            fc.record({
              parent: fc.constantFrom(null, null, "s0", "elsewhere"),
              error: fc.constantFrom(null, null, "", { message: "x" }),
              middle: fc.constantFrom("middle", "middleWhole", undefined),
              end: fc.constantFrom("end", "endWhole"),
            }),
            { minLength: 1, maxLength: 4 },
          ),
          order: fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
          batch: fc.integer({ min: 1, max: 6 }),
        });
        const store = await open();
        let round = 0;
        await fc.assert(
          fc.asyncProperty(shape, async ({ spans, order, batch }) => {
            const tell = (traceId: string): Event[] =>
              spans.flatMap(({ parent, error, middle, end }, index) => {
                const all = eventsOf(traceId, `s${index}`, parent, error);
                return [all.start, ...(middle ? [all[middle]] : []), all[end]];
              });
            const straight = `straight-${round}`;
            const mixed = `mixed-${round++}`;
            for (const event of tell(straight)) await apply(store, event);
            const events = [...tell(mixed), ...tell(mixed)];
            const shuffled = events
              .map((event, index) => ({ event, rank: order[index] ?? 0 }))
              .sort((a, b) => a.rank - b.rank)
              .map(({ event }) => event);
            for (let from = 0; from < shuffled.length; from += batch) {
              await Promise.all(shuffled.slice(from, from + batch).map((event) => apply(store, event)));
            }
            expect(await summary(store, mixed)).toEqual(await summary(store, straight));
          }),
          { numRuns: context.runs(60) },
        );
      },
    );

    test("two stores that write one trace at the same time lose nothing", async ({ skip }) => {
      if (!context.canReopen || !context.capabilities.compareAndSwap) return skip();
      const storage = await context.open();
      const other = await context.reopen(storage);
      const stores = (await Promise.all(
        [storage, other].map((object) => object.getStore("observability")),
      )) as ObservabilityStorage[];
      for (let round = 0; round < 5; round++) {
        const traceId = `t${round}`;
        const spanIds = ["s0", "s1", "s2", "s3"];
        await Promise.all(
          spanIds.flatMap((spanId, index) => {
            const events = eventsOf(traceId, spanId, index === 0 ? null : "s0", index === 2 ? "bad" : null);
            const list: Event[] = [events.start, events.middle, events.end];
            return list.map((event, step) => apply(stores[(index + step) % 2] as ObservabilityStorage, event));
          }),
        );
        const trace = await stores[0]?.getTrace({ traceId });
        expect(trace?.spans.map(({ spanId }) => spanId)).toEqual(spanIds);
        for (const span of trace?.spans ?? []) {
          expect(span).toMatchObject({ output: { done: true }, endedAt: at(50), metadata: { step: 2 } });
        }
        for (const store of stores) {
          const { spans } = await store.listTraces({ filters: { traceId, hasChildError: true } });
          expect(spans).toHaveLength(1);
          expect(spans[0]).toMatchObject({ spanId: "s0", status: "success" });
        }
      }
    });
  });
}

/** What every read tells of a trace, its own id and the times of writing apart. */
async function summary(store: ObservabilityStorage, traceId: string) {
  const strip = (found: Record<string, unknown> | undefined) => ({ ...found, traceId: undefined });
  const trace = await store.getTrace({ traceId });
  const filters = { traceId };
  const [listed] = (await store.listTraces({ filters })).spans;
  const [light] = (await store.listTracesLight({ filters })).spans;
  const withError = await store.listTraces({ filters: { ...filters, hasChildError: true } });
  return {
    spans: trace?.spans.map((span) => strip(content(span))),
    root: (await store.getRootSpan({ traceId }))?.span.spanId,
    listed: listed && strip(content(listed)),
    light: light && strip(content(light as never)),
    hasChildError: withError.pagination?.total,
  };
}
