import {
  type CreateSpanRecord,
  type ObservabilityStorage,
  type RollupRow,
  rollupError,
  type TraceRollup,
} from "@stowage/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DomainContext } from "../context.ts";
import { at, child, root, span } from "./spans.ts";

const hour = 60 * 60 * 1000;
const everything = { from: at(-50 * hour), to: at(50 * hour) };
const usage = (inputTokens: number, outputTokens = 1) => ({ inputTokens, outputTokens });
/** An agent that calls a model twice, each level repeating what is below it. */
const agentTrace = (traceId: string, entityName: string, from: number): CreateSpanRecord[] => [
  root(traceId, {
    startedAt: at(from),
    endedAt: at(from + 1000),
    entityType: "agent",
    entityName,
    attributes: { usage: usage(30, 3) },
  }),
  child(traceId, "generation", {
    spanType: "model_generation",
    startedAt: at(from + 1),
    endedAt: at(from + 901),
    attributes: { model: "m", provider: "p", usage: usage(30, 3) },
  }),
  ...[1, 2].map((step) =>
    child(traceId, `step ${step}`, {
      parentSpanId: "generation",
      spanType: "model_step",
      startedAt: at(from + step * 100),
      endedAt: at(from + step * 300),
      attributes: {
        usage: { ...usage(step * 10, step), inputDetails: { cacheRead: step }, outputDetails: { reasoning: 1 } },
        ...(step === 1 && {
          estimatedCost: 0.25,
          costUnit: "usd",
          completionStartTime: at(from + 150).toISOString(),
        }),
      },
      ...(step === 2 && { error: { message: "no" } }),
    }),
  ),
  child(traceId, "tool", { spanType: "tool_call", startedAt: at(from + 700), endedAt: at(from + 800) }),
];

export function rollupsSuite(context: DomainContext): void {
  const open = () => context.store<ObservabilityStorage>("observability");
  const rowsOf = async (store: ObservabilityStorage, args: object = {}) =>
    (await store.getRollups({ ...everything, ...args })).rows;
  const rollupOf = async (store: ObservabilityStorage, traceId: string) =>
    (await store.getTraceRollups({ traceIds: [traceId] })).rollups[0];

  describe("numbers over traces", () => {
    test("each call of a model counts once, whatever its wrappers repeat", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: agentTrace("t", "a", 0) });
      const calls = {
        calls: 2,
        callErrors: 1,
        inputTokens: 30,
        outputTokens: 3,
        totalTokens: 33,
        cacheReadTokens: 3,
        cacheWriteTokens: 0,
        reasoningTokens: 2,
        uncosted: 1,
        costs: { usd: 0.25 },
      };
      const rollup: TraceRollup = {
        traceId: "t",
        spans: 5,
        errors: 1,
        firstTokenMs: 150,
        ...calls,
        models: [{ provider: "p", model: "m", ...calls }],
      };
      expect(await store.getTraceRollups({ traceIds: ["t", "none", "t"] })).toEqual({ rollups: [rollup] });
      expect((await store.listTracesLight({ rollup: true })).spans[0]?.rollup).toEqual(rollup);
      expect((await store.listTraces({ rollup: true })).spans[0]?.rollup).toEqual(rollup);
      expect((await store.listTracesLight()).spans[0]).not.toHaveProperty("rollup");
      const [row, ...others] = await rowsOf(store, { groupBy: ["entityName"] });
      expect(others).toEqual([]);
      expect(row).toMatchObject({ bucket: null, dimensions: { entityName: "a" }, traces: 1, traceErrors: 0, spans: 5 });
      expect(row).toMatchObject(calls);
    });

    test("a cost beside its call counts, in either form", async () => {
      const store = await open();
      const call = (spanId: string, attributes: object) =>
        child("t", spanId, {
          spanType: "model_generation",
          attributes: { model: "m", usage: usage(1), ...attributes },
        });
      await store.batchCreateSpans({
        records: [
          root("t"),
          call("1", { estimatedCost: 0.25, costUnit: "usd" }),
          call("2", { cost: { estimatedCost: 0.5, costUnit: "usd", priceVersion: "v" } }),
          call("3", { cost: { estimatedCost: null, costUnit: null, priceVersion: "v" } }),
        ],
      });
      expect(await rollupOf(store, "t")).toMatchObject({ calls: 3, uncosted: 1, costs: { usd: 0.75 } });
    });

    test("a wrapper counts where no model span is below it", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("t", { attributes: { usage: usage(100) } }),
          child("t", "one", { spanType: "agent_run", attributes: { usage: usage(5) } }),
          child("t", "two", { spanType: "agent_run", attributes: { usage: usage(60) } }),
          child("t", "between", { parentSpanId: "two" }),
          child("t", "call", {
            parentSpanId: "between",
            spanType: "model_generation",
            attributes: { model: "m", usage: usage(7) },
          }),
          // Parents in a circle must not keep the store busy.
          child("t", "x", { parentSpanId: "y", attributes: { usage: usage(1) } }),
          child("t", "y", { parentSpanId: "x" }),
        ],
      });
      const found = await rollupOf(store, "t");
      expect(found).toMatchObject({ calls: 1, inputTokens: 13, uncosted: 3, costs: {} });
      expect(found?.models.map(({ model, inputTokens }) => [model, inputTokens])).toEqual([
        [null, 6],
        ["m", 7],
      ]);
    });

    test("buckets, groups, filters and percentiles", async () => {
      const store = await open();
      const traces: [string, string, number][] = [
        ["1", "a", 0],
        ["2", "a", 5000],
        ["3", "b", 3 * hour],
        ["4", "b", 30 * hour],
      ];
      await store.batchCreateSpans({ records: traces.flatMap((trace) => agentTrace(...trace)) });
      const told = (rows: readonly RollupRow[]) =>
        rows.map(({ bucket, dimensions, traces, calls }) => [bucket?.getTime(), dimensions, traces, calls]);
      const floor = (offset: number, length: number) => Math.floor(at(offset).getTime() / length) * length;
      expect(told(await rowsOf(store, { interval: "1h", groupBy: ["entityName"] }))).toEqual([
        [floor(0, hour), { entityName: "a" }, 2, 4],
        [floor(3 * hour, hour), { entityName: "b" }, 1, 2],
        [floor(30 * hour, hour), { entityName: "b" }, 1, 2],
      ]);
      expect(told(await rowsOf(store, { interval: "1d", filters: { entityName: "b" } })).map(([day]) => day)).toEqual([
        floor(3 * hour, 24 * hour),
        floor(30 * hour, 24 * hour),
      ]);
      expect(told(await rowsOf(store, { groupBy: ["provider", "model"] }))).toEqual([
        [undefined, { provider: "p", model: "m" }, null, 8],
      ]);
      expect(await rowsOf(store, { filters: { environment: "none" } })).toEqual([]);
      expect(told(await rowsOf(store, { filters: { environment: null }, to: at(hour) }))).toEqual([
        [undefined, {}, 2, 4],
      ]);
      const [row] = await rowsOf(store, { percentiles: [0, 0.5, 1] });
      for (const [index, exact] of [200, 200, 400].entries()) {
        const value = row?.callDurations[index]?.value as number;
        expect(Math.abs(value - exact) / exact).toBeLessThanOrEqual(rollupError);
      }
      for (const { value } of row?.traceDurations ?? []) expect(Math.abs((value as number) - 1000)).toBeLessThan(20.1);
    });

    test.each([
      [{ from: "never" }, "from"],
      [{ interval: "2h" }, "interval"],
      [{ groupBy: ["colour"] }, "groupBy"],
      [{ filters: { tenant: "x" } }, "filters.tenant"],
      [{ filters: { model: 5 } }, "filters.model"],
      [{ percentiles: [2] }, "percentiles"],
    ])("%j is refused", async (args, path) => {
      await expect(rowsOf(await open(), args)).rejects.toMatchObject({ code: "invalid_argument", details: { path } });
    });

    test("an open span counts its duration when it has ended, a new usage replaces the old one", async () => {
      const store = await open();
      const call = child("t", "call", { spanType: "model_generation", attributes: { model: "m", usage: usage(1) } });
      await store.batchCreateSpans({ records: [root("t"), call] });
      const [before] = await rowsOf(store);
      expect(before).toMatchObject({ calls: 1, inputTokens: 1, traces: 1 });
      expect([before?.callDurations[0]?.value, before?.traceDurations?.[0]?.value]).toEqual([null, null]);
      await store.updateSpan({
        traceId: "t",
        spanId: "call",
        updates: { endedAt: at(101), attributes: { model: "m", usage: usage(9) } },
      });
      const [after] = await rowsOf(store);
      expect(after).toMatchObject({ inputTokens: 9 });
      expect(Math.abs((after?.callDurations[0]?.value as number) - 100)).toBeLessThanOrEqual(2);
      await store.updateSpan({ traceId: "t", spanId: "call", updates: { attributes: null } });
      expect((await rowsOf(store))[0]).toMatchObject({ calls: 1, inputTokens: 0 });
    });

    test("kept numbers follow late spans, deletions and retention", async () => {
      const store = await open();
      const wait = () => context.clock?.advance(10 * 60_000);
      await store.batchCreateSpans({ records: [...agentTrace("1", "a", 0), ...agentTrace("2", "a", hour)] });
      const total = async () => {
        const [row] = await rowsOf(store);
        return [row?.traces ?? 0, row?.inputTokens ?? 0];
      };
      for (let round = 0; round < 2; round++) {
        wait();
        expect(await total()).toEqual([2, 60]);
      }
      const late = child("1", "late", { spanType: "model_generation", attributes: { model: "n", usage: usage(5) } });
      await store.createSpan({ span: late });
      expect(await total()).toEqual([2, 65]);
      wait();
      expect(await total()).toEqual([2, 65]);
      // The root moves to another hour, and takes its trace along.
      await store.updateSpan({ traceId: "1", spanId: "root", updates: { startedAt: at(-5 * hour) } });
      wait();
      expect(await rowsOf(store, { interval: "1h" })).toHaveLength(2);
      await store.batchDeleteTraces({ traceIds: ["2"] });
      expect(await total()).toEqual([1, 35]);
      wait();
      expect(await total()).toEqual([1, 35]);
      await store.prune({ spans: { maxAge: 0 } });
      expect(await total()).toEqual([0, 0]);
      wait();
      expect(await rowsOf(store)).toEqual([]);
      await store.batchCreateSpans({ records: agentTrace("3", "a", 0) });
      await store.dangerouslyClearAll();
      expect(await rowsOf(store)).toEqual([]);
      await store.batchCreateSpans({ records: agentTrace("3", "a", 0) });
      wait();
      expect(await total()).toEqual([1, 30]);
    });

    test("a rebuild changes nothing", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [...agentTrace("1", "a", 0), ...agentTrace("2", "b", 2 * hour)] });
      context.clock?.advance(hour);
      const before = await rowsOf(store, { groupBy: ["entityName", "model"], interval: "1h" });
      expect(await store.rebuildRollups()).toEqual({ traces: 2, corrected: 0 });
      expect(await rowsOf(store, { groupBy: ["entityName", "model"], interval: "1h" })).toEqual(before);
      expect(await store.rebuildRollups({ from: at(hour) })).toEqual({ traces: 1, corrected: 0 });
    });

    test.skipIf(!context.canReopen)("what one store keeps another one's spans correct", async () => {
      const storage = await context.open();
      const one = (await storage.getStore("observability")) as ObservabilityStorage;
      const two = (await (await context.reopen(storage)).getStore("observability")) as ObservabilityStorage;
      const tokens = async (store: ObservabilityStorage) => (await rowsOf(store))[0]?.inputTokens ?? 0;
      await one.batchCreateSpans({ records: agentTrace("1", "a", 0) });
      context.clock?.advance(10 * 60_000);
      expect([await tokens(one), await tokens(two)]).toEqual([30, 30]);
      await two.batchCreateSpans({ records: agentTrace("2", "a", 1) });
      expect([await tokens(one), await tokens(two)]).toEqual([60, 60]);
    });

    test("in any order, doubled and cut anyhow, with readers in between", async () => {
      await fc.assert(
        fc.asyncProperty(histories, async ({ events, cuts, reads }) => {
          const store = await open();
          for (let from = 0, step = 0; from < events.length; step++) {
            const size = cuts[step % cuts.length] as number;
            await store.batchCreateSpans({ records: events.slice(from, from + size) });
            from += size;
            if (!reads[step % reads.length]) continue;
            context.clock?.advance(3 * 60_000);
            await rowsOf(store);
          }
          expect(numbersOf(await rowsOf(store, { groupBy: ["model"] }))).toEqual(expected(events));
        }),
        { numRuns: context.runs(6) },
      );
    });
  });
}

/** Spans of a few traces, shuffled, some of them twice. */
const histories = fc
  .record({
    tree: fc.array(
      fc.record({
        trace: fc.integer({ min: 0, max: 2 }),
        parent: fc.nat(20),
        type: fc.constantFrom("agent_run", "model_generation", "model_step", "tool_call"),
        tokens: fc.option(fc.integer({ min: 1, max: 99 })),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    order: fc.array(fc.nat(), { minLength: 5, maxLength: 20 }),
    cuts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    reads: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
  })
  .map(({ tree, order, cuts, reads }) => {
    const roots = [0, 1, 2].map((trace) => root(`${trace}`, { startedAt: at(trace * 20 * 60_000) }));
    const nodes = tree.map(({ trace, parent, type, tokens }, index) => {
      const siblings = tree.slice(0, index).flatMap((other, at) => (other.trace === trace ? [`s${at}`] : []));
      return span(`${trace}`, `s${index}`, {
        parentSpanId: siblings[parent % (siblings.length + 1)] ?? "root",
        spanType: type,
        attributes: { model: type === "model_step" ? undefined : `m${index % 2}`, usage: tokens && usage(tokens, 0) },
      });
    });
    const spans = [...roots, ...nodes];
    const shuffled = [...spans, ...order.map((pick) => spans[pick % spans.length] as CreateSpanRecord)]
      .map((item, index) => ({
        item,
        place: ((order[index % order.length] as number) * 7919 + index * 104_729) % 1009,
      }))
      .sort((a, b) => a.place - b.place);
    return { events: shuffled.map(({ item }) => item), cuts, reads };
  });

type Numbers = [model: string | null, calls: number, tokens: number];

const numbersOf = (rows: readonly RollupRow[]): Numbers[] =>
  rows.map(({ dimensions, calls, totalTokens }) => [dimensions.model ?? null, calls, totalTokens]);

/** The same numbers by the definition, from the set of spans. */
function expected(events: readonly CreateSpanRecord[]): Numbers[] {
  const all = [...new Map(events.map((item) => [`${item.traceId} ${item.spanId}`, item])).values()];
  const childrenOf = (one: CreateSpanRecord) =>
    all.filter(({ traceId, parentSpanId }) => traceId === one.traceId && parentSpanId === one.spanId);
  const anyBelow = (one: CreateSpanRecord, isMeant: (item: CreateSpanRecord) => boolean): boolean =>
    childrenOf(one).some((item) => isMeant(item) || anyBelow(item, isMeant));
  const tokensOf = ({ attributes }: CreateSpanRecord) =>
    (attributes?.usage as { inputTokens: number } | undefined)?.inputTokens;
  const isCall = ({ spanType }: CreateSpanRecord) => spanType === "model_generation" || spanType === "model_step";
  const modelOf = (one: CreateSpanRecord): string | null => {
    if (typeof one.attributes?.model === "string") return one.attributes.model;
    const parent = all.find(({ traceId, spanId }) => traceId === one.traceId && spanId === one.parentSpanId);
    return parent ? modelOf(parent) : null;
  };
  const sums = new Map<string | null, Numbers>();
  for (const one of all) {
    const counts = isCall(one) && !anyBelow(one, isCall);
    const tokens = anyBelow(one, (item) => tokensOf(item) != null) ? undefined : tokensOf(one);
    if (!counts && tokens == null) continue;
    const model = modelOf(one);
    const row = sums.get(model) ?? [model, 0, 0];
    sums.set(model, row);
    if (counts) row[1]++;
    row[2] += tokens ?? 0;
  }
  return [...sums.values()].sort(([a], [b]) => (a ?? "").localeCompare(b ?? ""));
}
