import { ObservabilityStorage, StorageError } from "@stowage/core";
import { check, type Engine, keyOf, type WriteOp, type WriteResult } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, counting, listedIds, noCalls, root, stored } from "./spans.ts";

/** What must hold for an operation, as a check of its own. */
function preconditions(op: WriteOp): WriteOp[] {
  const key = op.op === "put" ? keyOf(op.table, op.row) : op.key;
  const expect = op.expect ?? (op.op === "put" && op.mode === "insert" ? "absent" : undefined);
  return expect === undefined ? [] : [check(op.table, key, expect)];
}

export function concurrencySuite(context: DomainContext): void {
  describe("concurrent calls", () => {
    test("64 calls at once share batches", async () => {
      const calls = noCalls();
      const store = await context.store<ObservabilityStorage>("observability", { wrap: counting(calls) });
      await store.createSpan({ span: root("warm") });
      calls.writes = 0;
      const spanIds = Array.from({ length: 64 }, (_, index) => `s${index}`);
      await Promise.all([
        store.createSpan({ span: root("t") }),
        ...spanIds.map((spanId) => store.createSpan({ span: child("t", spanId) })),
      ]);
      expect((await store.getTrace({ traceId: "t" }))?.spans).toHaveLength(65);
      if (context.capabilities.atomicLimit.records >= 100) expect(calls.writes).toBeLessThanOrEqual(2);
    });

    test("what this store wrote is updated without reading it first", async () => {
      const calls = noCalls();
      const store = await context.store<ObservabilityStorage>("observability", { wrap: counting(calls) });
      await store.batchCreateSpans({ records: [root("t"), child("t", "a")] });
      await store.batchCreateSpans({ records: [root("t2"), child("t2", "a")] });
      calls.reads = 0;
      calls.writes = 0;
      await store.createSpan({ span: child("t", "b") });
      await store.updateSpan({ traceId: "t", spanId: "a", updates: { endedAt: at(3), error: "e" } });
      await store.updateSpan({ traceId: "t", spanId: "root", updates: { endedAt: at(4) } });
      await store.createSpan({ span: root("t2", { endedAt: at(4) }) });
      if (context.capabilities.atomicity !== "process") expect([calls.reads, calls.writes]).toEqual([0, 4]);
      expect(await listedIds(store, { filters: { hasChildError: true, status: "success" } })).toEqual(["t"]);
      await store.createSpan({ span: root("t", { name: "replayed", output: "o" }) });
      expect(await stored(store, "t", "root")).toMatchObject({ name: "root", output: "o", endedAt: at(4) });
    });

    test("calls take effect in the order they were made", async () => {
      const store = await context.store<ObservabilityStorage>("observability");
      const updates = Array.from({ length: 30 }, (_, output) =>
        store.updateSpan({ traceId: "t", spanId: "root", updates: { output } }),
      );
      await Promise.all([store.createSpan({ span: root("t") }), ...updates]);
      const more = [
        store.updateSpan({ traceId: "t", spanId: "root", updates: { output: "x", input: 1 } }),
        store.createSpan({ span: root("t", { output: "y" }) }),
        store.updateSpan({ traceId: "t", spanId: "root", updates: { input: 2 } }),
      ];
      await Promise.all(more);
      expect(await stored(store, "t", "root")).toMatchObject({ output: "y", input: 2 });
    });

    fd("FD-003", "a refused batch is told apart: each caller learns what became of its own spans", async () => {
      const isBad = (text: unknown) => typeof text === "string" && text.includes("poison");
      const wrap = (engine: Engine) =>
        forward(engine, {
          write: async (ops, options) => {
            if (ops.some((op) => op.op === "put" && isBad((op.row as Record<string, unknown>).input))) {
              throw new StorageError("a value is larger than the database takes", { code: "too_large" });
            }
            return engine.write(ops, options);
          },
        });
      const store = await context.store<ObservabilityStorage>("observability", { wrap });
      const outcomes = await Promise.allSettled([
        store.createSpan({ span: root("a") }),
        store.createSpan({ span: root("b", { input: "poison" }) }),
        store.batchCreateSpans({ records: [root("c"), root("d")] }),
        store.updateSpan({ traceId: "a", spanId: "root", updates: { output: 1 } }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
      expect((outcomes[1] as PromiseRejectedResult).reason).toMatchObject({
        code: "too_large",
        id: expect.stringMatching(/_CREATE_SPAN_FAILED$/),
      });
      expect((await listedIds(store)).sort()).toEqual(["a", "c", "d"]);
      expect(await stored(store, "a", "root")).toMatchObject({ output: 1 });
    });

    fd("FD-002", "after a fault nothing is thought written that is not, at whatever call it strikes", async () => {
      for (let failAt = 1, met = true; met; failAt++) {
        met = false;
        let call = 0;
        const fails = () => {
          if (++call !== failAt) return;
          met = true;
          throw new StorageError("the database cannot be reached", { code: "unavailable" });
        };
        const wrap = (engine: Engine) =>
          forward(engine, {
            read: (async (ops, options) => {
              fails();
              return engine.read(ops, options);
            }) as Engine["read"],
            write: async (ops, options) => {
              fails();
              return engine.write(ops, options);
            },
          });
        const store = await context.store<ObservabilityStorage>("observability", { wrap });
        const until = async (attempt: () => Promise<void>) => {
          try {
            await attempt();
          } catch (error) {
            expect(error).toMatchObject({ code: "unavailable" });
            await attempt();
          }
        };
        await until(() => store.updateSpan({ traceId: "t", spanId: "a", updates: { output: 1 } }));
        await until(() => store.createSpan({ span: root("t") }));
        await until(() => store.batchCreateSpans({ records: [child("t", "a"), child("t", "b", { error: "e" })] }));
        await until(() => store.updateSpan({ traceId: "t", spanId: "root", updates: { endedAt: at(5) } }));
        const read = async () => {
          const listed = await listedIds(store, { filters: { hasChildError: true, status: "success" } });
          expect(listed).toEqual(["t"]);
          expect((await store.getTrace({ traceId: "t" }))?.spans).toHaveLength(3);
          expect(await stored(store, "t", "a")).toMatchObject({ output: 1 });
        };
        await read().catch(read);
        await until(() => store.batchDeleteTraces({ traceIds: ["t"] }));
        const empty = async () => expect(await listedIds(store)).toEqual([]);
        await empty().catch(empty);
        await until(() => store.createSpan({ span: root("t") }));
        const back = async () => expect(await listedIds(store, { filters: { hasChildError: false } })).toEqual(["t"]);
        await back().catch(back);
      }
    });

    fd(
      "FD-018",
      "a batch that a database without transactions cut short is made whole by repeating the call",
      async () => {
        const finished = { endedAt: at(4), error: "e" };
        const steps = (store: ObservabilityStorage): (() => Promise<void>)[] => [
          () => store.updateSpan({ traceId: "t", spanId: "a", updates: { output: "parked" } }),
          () =>
            store.batchCreateSpans({ records: [root("t"), child("t", "a"), root("u"), child("u", "x", { error: 1 })] }),
          () => store.updateSpan({ traceId: "t", spanId: "root", updates: finished }),
          () => store.createSpan({ span: { ...root("t"), ...finished, spanId: "second", startedAt: at(2) } }),
          () =>
            store.updateSpan({
              traceId: "u",
              spanId: "x",
              updates: { error: null, parentSpanId: null, startedAt: at(9) },
            }),
          () => store.batchDeleteTraces({ traceIds: ["v"] }),
        ];
        for (let failAt = 1, met = true; met; failAt++) {
          met = false;
          let applied = 0;
          // Checks first, then one operation after the other, and the database gone after so many of them.
          const wrap = (engine: Engine) =>
            forward(engine, {
              get capabilities() {
                return { ...engine.capabilities, atomicity: "process" as const };
              },
              write: async (ops, options) => {
                if (options?.atomic === false) return engine.write(ops, options);
                await engine.write(ops.flatMap(preconditions), options);
                const results: WriteResult[] = [];
                for (const op of ops) {
                  if (applied++ === failAt) {
                    met = true;
                    throw new StorageError("the database cannot be reached", { code: "unavailable" });
                  }
                  results.push(...(await engine.write([op])));
                }
                return results;
              },
            });
          const store = await context.store<ObservabilityStorage>("observability", { wrap });
          for (const step of steps(store)) await step().catch(step);
          await store.createSpan({ span: root("t", { output: "replayed" }) });
          const listed = (await store.listTraces()).spans.map(({ spanId, status }) => [spanId, status]);
          expect(listed, `cut after ${failAt}`).toEqual([
            ["x", "running"],
            ["second", "error"],
          ]);
          expect(await listedIds(store, { filters: { hasChildError: true } })).toEqual(["t"]);
          expect((await store.getTrace({ traceId: "t" }))?.spans).toHaveLength(3);
          await store.updateSpan({ traceId: "t", spanId: "second", updates: { error: null, parentSpanId: "root" } });
          await store.updateSpan({ traceId: "t", spanId: "root", updates: { error: null } });
          expect(await listedIds(store, { filters: { hasChildError: false } })).toEqual(["u", "t"]);
        }
      },
    );

    test("another store's writes are seen through, whatever this one remembers", async ({ skip }) => {
      if (!context.canReopen || !context.capabilities.compareAndSwap) return skip();
      const storage = await context.open();
      const other = await context.reopen(storage);
      const [mine, theirs] = (await Promise.all(
        [storage, other].map((object) => object.getStore("observability")),
      )) as [ObservabilityStorage, ObservabilityStorage];
      await mine.batchCreateSpans({ records: [root("t"), child("t", "a")] });
      await theirs.updateSpan({ traceId: "t", spanId: "a", updates: { error: "e", output: "theirs", endedAt: at(2) } });
      await theirs.updateSpan({ traceId: "t", spanId: "late", updates: { output: "parked" } });
      await mine.updateSpan({ traceId: "t", spanId: "a", updates: { output: "snapshot", input: 1, endedAt: null } });
      await mine.createSpan({ span: child("t", "late") });
      expect(await stored(theirs, "t", "a")).toMatchObject({ output: "theirs", input: 1, endedAt: at(2) });
      expect(await stored(theirs, "t", "late")).toMatchObject({ output: "parked" });
      await theirs.batchDeleteTraces({ traceIds: ["t"] });
      await mine.createSpan({ span: child("t", "b") });
      await mine.updateSpan({ traceId: "t", spanId: "a", updates: { output: "parked again" } });
      expect((await theirs.getTrace({ traceId: "t" }))?.spans.map(({ spanId }) => spanId)).toEqual(["b"]);
      await theirs.createSpan({ span: root("t") });
      await Promise.all([
        mine.createSpan({ span: child("t", "c", { error: 1 }) }),
        theirs.createSpan({ span: child("t", "d", { error: 2 }) }),
      ]);
      await Promise.all(
        ["c", "d"].map((spanId, index) =>
          ([theirs, mine][index] as ObservabilityStorage).updateSpan({
            traceId: "t",
            spanId,
            updates: { error: null },
          }),
        ),
      );
      expect(await listedIds(mine, { filters: { hasChildError: false } })).toEqual(["t"]);
    });
  });

  describe("discovery", () => {
    test("distinct, non-empty values over all spans, by code point", async () => {
      const store = await context.store<ObservabilityStorage>("observability");
      expect(await store.getEntityTypes({})).toEqual({ entityTypes: [] });
      await store.batchCreateSpans({
        records: [
          root("t", { entityType: "agent", entityName: "b", serviceName: "s", environment: "prod", tags: ["x", "y"] }),
          child("t", "1", {
            entityType: "tool",
            entityName: "a",
            serviceName: "",
            environment: "\uffff",
            tags: ["y", ""],
          }),
          child("t", "2", { entityType: "agent", entityName: "B", environment: "😀", tags: [] }),
          child("t", "3", { entityName: "untyped", serviceName: "S\0", tags: null }),
        ],
      });
      expect(await store.getEntityTypes({})).toEqual({ entityTypes: ["agent", "tool"] });
      expect(await store.getEntityNames({})).toEqual({ names: ["B", "a", "b", "untyped"] });
      expect(await store.getEntityNames({ entityType: "agent" })).toEqual({ names: ["B", "b"] });
      expect(await store.getServiceNames({})).toEqual({ serviceNames: ["S\0", "s"] });
      expect(await store.getEnvironments({})).toEqual({ environments: ["prod", "\uffff", "😀"] });
      expect(await store.getTags({})).toEqual({ tags: ["x", "y"] });
      expect(await store.getTags({ entityType: "tool" })).toEqual({ tags: ["y"] });
      await expect(store.getTags({ entityType: 5 as never })).rejects.toMatchObject({ code: "invalid_argument" });
      await store.updateSpan({ traceId: "t", spanId: "1", updates: { entityType: "memory" } });
      expect(await store.getEntityTypes({})).toEqual({ entityTypes: ["agent", "memory"] });
      await store.batchDeleteTraces({ traceIds: ["t"] });
      expect(await store.getTags({})).toEqual({ tags: [] });
    });
  });

  describe("a store that lacks methods", () => {
    class Bare extends ObservabilityStorage {
      async init() {}
      async dangerouslyClearAll() {}
    }
    test("rejects with the id of each", async () => {
      const bare = new Bare() as unknown as Record<string, (args: unknown) => Promise<unknown>>;
      const words: Record<string, string> = {
        batchCreateSpans: "BATCH_CREATE_SPAN",
        getStructure: "GET_STRUCTURE",
        getTraceLight: "GET_TRACE_LIGHT",
        listTracesLight: "LIST_TRACES",
        getMetricLabelValues: "GET_LABEL_VALUES",
        getMetricTimeSeries: "GET_METRIC_TIME_SERIES",
        getTraceQueryValues: "TRACE_QUERY_DISCOVERY",
        deleteScores: "DELETE_SCORES",
      };
      for (const [method, word] of Object.entries(words)) {
        await expect(bare[method]?.({ scoreIds: ["a"] }), method).rejects.toMatchObject({
          id: `OBSERVABILITY_STORAGE_${word}_NOT_IMPLEMENTED`,
          domain: "MASTRA_OBSERVABILITY",
          category: "SYSTEM",
        });
      }
      await expect(bare.createSpan?.({})).rejects.toMatchObject({ id: "OBSERVABILITY_CREATE_SPAN_NOT_IMPLEMENTED" });
      await bare.deleteScores?.({ scoreIds: [] });
      await bare.deleteFeedback?.({ feedbackIds: [] });
    });

    test("either name of the structure serves the other", async () => {
      class Older extends Bare {
        override async getTraceLight({ traceId }: { traceId: string }) {
          return { traceId, spans: [] };
        }
      }
      class Newer extends Bare {
        override async getStructure({ traceId }: { traceId: string }) {
          return { traceId, spans: [] };
        }
      }
      expect(await new Older().getStructure({ traceId: "t" })).toEqual({ traceId: "t", spans: [] });
      expect(await new Newer().getTraceLight({ traceId: "t" })).toEqual({ traceId: "t", spans: [] });
    });
  });
}
