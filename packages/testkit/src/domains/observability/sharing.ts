import type { ObservabilityStorage, SpanRecord } from "@stowage/core";
import { count, type Engine, type Table, type WriteOp } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonValue } from "../../arbitraries.ts";
import type { DomainContext } from "../context.ts";
import { at, child, root } from "./spans.ts";

/** Words that do not repeat by themselves. */
const prose = (seed: number, length: number) =>
  Array.from({ length: Math.ceil(length / 6) }, (_, index) => ((index + 1) * 7919 * (seed + 1)).toString(36).slice(-5))
    .join(" ")
    .slice(0, length);

const message = (index: number, length = 2000) => ({
  role: index % 2 ? "assistant" : "user",
  content: prose(index, length),
});

const sizeOf = (ops: readonly WriteOp[]) =>
  ops.reduce((sum, op) => sum + JSON.stringify(op.op === "put" ? op.row : op.op === "patch" ? op.set : null).length, 0);

export function sharingSuite(context: DomainContext): void {
  describe("payloads that repeat", () => {
    /** A store with what it writes, and a way to count the records of its pieces. */
    async function watched() {
      const written: WriteOp[] = [];
      let engine: Engine | undefined;
      const storage = await context.open({
        wrap: (inner) => {
          engine = inner;
          return forward(inner, {
            write: (ops, options) => {
              written.push(...ops);
              return inner.write(ops, options);
            },
          });
        },
      });
      const store = (await storage.getStore("observability")) as ObservabilityStorage;
      const { tables } = store.constructor as unknown as { tables: readonly Table[] };
      const parts = tables.find(({ name }) => name === "stowage_span_parts") as Table;
      const partsOf = async (traceId: string) => {
        const [{ count: found }] = await (engine as Engine).read([
          count(parts, { path: "byTrace" as never, eq: { traceId } }),
        ]);
        return found;
      };
      return { storage, store, written, partsOf };
    }
    const call = (traceId: string, step: number, extra: object = {}) =>
      child(traceId, `call${step}`, {
        spanType: "model_generation",
        startedAt: at(step),
        endedAt: at(step + 1),
        input: { messages: Array.from({ length: step + 1 }, (_, index) => message(index)) },
        output: message(step + 1),
        attributes: { model: "m", tools: prose(99, 3000) },
        ...extra,
      });

    test("an agent loop costs what is new, and reads whole everywhere", async () => {
      const { store, written } = await watched();
      const steps = Array.from({ length: 30 }, (_, step) => call("t", step));
      const first = root("t", { input: message(0, 5000), output: message(30, 5000), endedAt: at(90) });
      await store.createSpan({ span: first });
      for (const step of steps) await store.createSpan({ span: step });
      const whole = steps.reduce((sum, step) => sum + JSON.stringify(step).length, 0);
      const hasRoom = context.capabilities.atomicLimit.records >= 100;
      expect(sizeOf(written)).toBeLessThan(hasRoom ? whole / 4 : whole / 2);
      const wanted = [first, ...steps];
      const trace = await store.getTrace({ traceId: "t" });
      expect(trace?.spans).toMatchObject(wanted.toSorted((a, b) => Number(a.startedAt) - Number(b.startedAt)));
      const some = await store.getSpans({ traceId: "t", spanIds: ["call7", "call29"] });
      expect(some.spans).toMatchObject([steps[7], steps[29]]);
      expect((await store.getSpan({ traceId: "t", spanId: "call12" }))?.span).toMatchObject(steps[12] as object);
      expect((await store.getRootSpan({ traceId: "t" }))?.span).toMatchObject(first);
      expect((await store.listTraces()).spans).toMatchObject([first]);
      expect((await store.listBranches()).branches).toMatchObject([first]);
      expect((await store.getBranch({ traceId: "t", spanId: "root" }))?.spans).toHaveLength(31);
      expect((await store.listTracesLight()).spans[0]?.inputPreview).not.toBeNull();
    });

    test("a write costs the same few checks, however many earlier ones it repeats", async () => {
      const { store, written } = await watched();
      const checks: number[] = [];
      for (let step = 0; step < 12; step++) {
        written.length = 0;
        await store.createSpan({ span: call("t", step) });
        checks.push(written.filter(({ op }) => op === "check").length);
      }
      // The trace's row, and the last record of pieces with its span.
      expect(Math.max(...checks)).toBeLessThanOrEqual(3);
    });

    test("a whole loop in one batch, and the same again", async () => {
      const { store, written } = await watched();
      const steps = Array.from({ length: 30 }, (_, step) => call("t", step));
      await store.batchCreateSpans({ records: steps });
      const whole = steps.reduce((sum, step) => sum + JSON.stringify(step).length, 0);
      if (context.capabilities.atomicLimit.records >= 100) expect(sizeOf(written)).toBeLessThan(whole / 4);
      await store.batchCreateSpans({ records: steps });
      const trace = await store.getTrace({ traceId: "t" });
      expect(trace?.spans).toMatchObject(steps);
    });

    test("any values come back as they were, written and changed in any way", async () => {
      const { store } = await watched();
      const big = fc
        .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 900, max: 9000 }))
        .map(([seed, length]) => prose(seed, length));
      const value = fc.oneof(
        jsonValue(),
        big,
        fc.array(
          fc.oneof(
            jsonValue(),
            big,
            big.map((content) => ({ role: "user", content })),
          ),
          { maxLength: 4 },
        ),
        fc.constantFrom(
          { $stowage: { shared: "x.0" } },
          { $stowage: { shared: "" } },
          { $stowage: { shared: "kf12.0-3,kf12.9" } },
        ),
      );
      const write = fc.record(
        {
          spanId: fc.constantFrom("a", "b", "c"),
          input: value,
          output: value,
          attributes: value,
          requestContext: value,
        },
        { requiredKeys: ["spanId"] },
      );
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(write, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
          async (batches) => {
            const traceId = `t${run++}`;
            const expected = new Map<string, Record<string, unknown>>();
            for (const batch of batches) {
              await store.batchCreateSpans({
                records: batch.map(({ spanId, ...values }) => child(traceId, spanId, values as object)),
              });
              for (const { spanId, ...values } of batch) {
                const known = expected.get(spanId) ?? {
                  input: null,
                  output: null,
                  attributes: null,
                  requestContext: null,
                };
                for (const [name, given] of Object.entries(values)) {
                  if (given !== null && given !== undefined) known[name] = JSON.parse(JSON.stringify(given));
                }
                expected.set(spanId, known);
              }
            }
            const trace = await store.getTrace({ traceId });
            for (const found of trace?.spans ?? []) {
              const { input, output, attributes, requestContext } = found;
              expect({ input, output, attributes, requestContext }).toEqual(expected.get(found.spanId));
            }
            expect(trace?.spans).toHaveLength(expected.size);
          },
        ),
        { numRuns: context.runs(25) },
      );
    });

    test("pieces go with the last span of their trace, and not before", async () => {
      const { store, partsOf } = await watched();
      await store.batchCreateSpans({ records: [root("t"), ...[0, 1, 2].map((step) => call("t", step))] });
      await store.batchCreateSpans({ records: [root("other"), call("other", 1), call("other", 2)] });
      expect(await partsOf("t")).toBeGreaterThan(0);
      await store.batchDeleteTraces({ traceIds: ["t"] });
      expect(await partsOf("t")).toBe(0);
      expect(await partsOf("other")).toBeGreaterThan(0);
      expect((await store.getSpan({ traceId: "other", spanId: "call1" }))?.span).toMatchObject(call("other", 1));

      const now = context.clock?.now() ?? Date.now();
      const old = { startedAt: now - 90_000 };
      await store.batchCreateSpans({ records: [call("mixed", 1, old), call("mixed", 2, { startedAt: now - 1000 })] });
      expect(await store.prune({ spans: { maxAge: "80s" } })).toMatchObject([{ done: true }]);
      expect((await store.getTrace({ traceId: "mixed" }))?.spans).toMatchObject([{ input: call("mixed", 2).input }]);
      expect(await store.prune({ spans: { maxAge: 0 } })).toMatchObject([{ done: true }]);
      for (const traceId of ["mixed", "other"]) expect(await partsOf(traceId)).toBe(0);
    });

    test("a trace that another process deleted meanwhile is written whole again", async (test) => {
      if (!context.canReopen) return test.skip();
      const { storage, store } = await watched();
      const other = (await (await context.reopen(storage)).getStore("observability")) as ObservabilityStorage;
      for (const isRooted of [true, false]) {
        const traceId = `t${isRooted}`;
        if (isRooted) await store.createSpan({ span: root(traceId) });
        for (const step of [0, 1, 2]) await store.createSpan({ span: call(traceId, step) });
        await other.batchDeleteTraces({ traceIds: [traceId] });
        await store.createSpan({ span: call(traceId, 3) });
        await store.updateSpan({ traceId, spanId: "call3", updates: { output: call(traceId, 2).input } });
        const { spans } = (await other.getTrace({ traceId })) as { spans: SpanRecord[] };
        expect(spans).toMatchObject([{ input: call(traceId, 3).input, output: call(traceId, 2).input }]);
      }
    });

    test("writers of one trace in several processes never lose what another refers to", async (test) => {
      if (!context.canReopen) return test.skip();
      const { storage, store } = await watched();
      const other = (await (await context.reopen(storage)).getStore("observability")) as ObservabilityStorage;
      const deleting = async () => {
        for (let time = 0; time < 6; time++) await other.batchDeleteTraces({ traceIds: ["t"] });
      };
      const writing = async (target: ObservabilityStorage, from: number) => {
        for (let step = from; step < from + 8; step++) await target.createSpan({ span: call("t", step) });
      };
      await Promise.all([writing(store, 0), writing(other, 8), deleting()]);
      const trace = await store.getTrace({ traceId: "t" });
      for (const found of trace?.spans ?? []) {
        const step = Number(found.spanId.replace("call", ""));
        expect(found).toMatchObject({ input: call("t", step).input });
      }
    });
  });
}
