import type { ObservabilityStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, listedIds, root, stored } from "./spans.ts";

export function deletingSuite(context: DomainContext): void {
  const open = () => context.store<ObservabilityStorage>("observability");
  const gone = async (store: ObservabilityStorage, traceId: string) => {
    expect(await store.getTrace({ traceId })).toBeNull();
    expect(await store.getRootSpan({ traceId })).toBeNull();
    expect(await listedIds(store, { filters: { traceId } })).toEqual([]);
  };

  describe("deleting traces", () => {
    test("whole traces go, others stay, unknown ids and repeats do not matter", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: ["a", "b", "c"].flatMap((traceId) => [
          root(traceId),
          child(traceId, "x"),
          child(traceId, "y", { error: 1 }),
        ]),
      });
      await store.batchDeleteTraces({ traceIds: ["a", "nowhere", "c", "a", ""] });
      await gone(store, "a");
      await gone(store, "c");
      expect((await store.getTrace({ traceId: "b" }))?.spans).toHaveLength(3);
      expect(await listedIds(store)).toEqual(["b"]);
      await store.batchDeleteTraces({ traceIds: [] });
      await store.batchDeleteTraces({ traceIds: ["a"] });
      expect(await listedIds(store)).toEqual(["b"]);
    });

    test("a trace without root and parked updates go too", async () => {
      const store = await open();
      await store.createSpan({ span: child("t", "a", { error: "e" }) });
      await store.updateSpan({ traceId: "t", spanId: "parked", updates: { output: "stale" } });
      await store.batchDeleteTraces({ traceIds: ["t"] });
      await gone(store, "t");
      await store.batchCreateSpans({ records: [child("t", "parked"), root("t")] });
      expect(await stored(store, "t", "parked")).toMatchObject({ output: null });
      expect(await listedIds(store, { filters: { hasChildError: true } })).toEqual([]);
    });

    test("what is written after a deletion is there", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [root("t", { userId: "old" }), child("t", "a")] });
      await store.batchDeleteTraces({ traceIds: ["t"] });
      await store.updateSpan({ traceId: "t", spanId: "root", updates: { endedAt: at(4) } });
      expect(await store.getTrace({ traceId: "t" })).toBeNull();
      await store.createSpan({ span: root("t") });
      expect(await stored(store, "t", "root")).toMatchObject({ userId: null, endedAt: at(4) });
      expect(await listedIds(store)).toEqual(["t"]);
    });

    test("with a tenant only traces whose current root is the tenant's", async () => {
      const store = await open();
      const long = "o".repeat(600);
      await store.batchCreateSpans({
        records: [
          root("mine", { organizationId: "o", resourceId: "r" }),
          child("mine", "x", { organizationId: "p" }),
          root("theirs", { organizationId: "p", resourceId: "r" }),
          child("theirs", "x", { organizationId: "o", resourceId: "r" }),
          root("nobody's"),
          child("rootless", "x", { organizationId: "o" }),
          child("rootless", "y", { organizationId: "o" }),
          child("mixed", "x", { organizationId: "o" }),
          child("mixed", "y"),
          root("long", { organizationId: long }),
        ],
      });
      const traceIds = ["mine", "theirs", "nobody's", "rootless", "mixed", "long"];
      await store.batchDeleteTraces({ traceIds, organizationId: "o", resourceId: "other" });
      for (const traceId of traceIds) expect(await store.getTrace({ traceId })).not.toBeNull();
      await store.batchDeleteTraces({ traceIds, organizationId: `${long}x` });
      expect(await store.getTrace({ traceId: "long" })).not.toBeNull();
      await store.batchDeleteTraces({ traceIds, organizationId: "o" });
      await gone(store, "mine");
      await gone(store, "rootless");
      for (const [traceId, size] of Object.entries({ theirs: 2, "nobody's": 1, mixed: 2, long: 1 })) {
        expect((await store.getTrace({ traceId }))?.spans, traceId).toHaveLength(size);
      }
      await store.batchDeleteTraces({ traceIds, organizationId: long });
      await gone(store, "long");
    });

    test.each([
      [{}],
      [{ traceIds: "t" }],
      [{ traceIds: [1] }],
      [{ traceIds: ["t"], organizationId: null }],
      [{ traceIds: ["t"], resourceId: { $ne: 1 } }],
    ])("%j is refused and nothing goes", async (args) => {
      const store = await open();
      await store.createSpan({ span: root("t") });
      await expect(store.batchDeleteTraces(args as never)).rejects.toMatchObject({
        id: expect.stringMatching(/_BATCH_DELETE_TRACES_INVALID_ARGUMENT$/),
      });
      expect(await listedIds(store)).toEqual(["t"]);
    });

    test("long traces and many of them", async () => {
      const store = await open();
      const many = Array.from({ length: 150 }, (_, index) => `t${index}`);
      await store.batchCreateSpans({ records: many.flatMap((traceId) => [root(traceId), child(traceId, "x")]) });
      const long = Array.from({ length: 5200 }, (_, index) => child("long", `s${index}`, { organizationId: "o" }));
      await store.batchCreateSpans({ records: [root("long", { organizationId: "o" }), ...long] });
      await store.updateSpan({ traceId: "long", spanId: "parked", updates: { output: 1 } });
      await store.batchDeleteTraces({ traceIds: ["long"], organizationId: "p" });
      expect((await store.getStructure({ traceId: "long" }))?.spans).toHaveLength(5201);
      await store.batchDeleteTraces({ traceIds: ["long", ...many.slice(0, 149)], organizationId: "o" });
      await gone(store, "long");
      expect((await store.listTraces()).pagination?.total).toBe(150);
      await store.batchCreateSpans({ records: long });
      await store.batchDeleteTraces({ traceIds: ["long", ...many.slice(0, 149)] });
      await gone(store, "long");
      expect(await listedIds(store)).toEqual(["t149"]);
    });

    test("clearing empties the domain, and it works on", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [root("t"), child("t", "x")] });
      await store.updateSpan({ traceId: "t", spanId: "parked", updates: { output: "stale" } });
      await store.batchTraceInsert({ records: [{ id: "l", traceId: "t", name: "n", startTime: 1n, endTime: 2n }] });
      await store.dangerouslyClearAll();
      expect(await store.getTrace({ traceId: "t" })).toBeNull();
      expect(await store.getTraces()).toEqual([]);
      expect((await store.listTraces()).pagination?.total).toBe(0);
      await store.batchCreateSpans({ records: [root("t"), child("t", "parked")] });
      expect(await listedIds(store)).toEqual(["t"]);
      expect(await stored(store, "t", "parked")).toMatchObject({ output: null });
    });
  });

  describe("pruning", () => {
    const now = () => context.clock?.now() ?? Date.now();
    const day = 86_400_000;
    const ago = (days: number) => new Date(now() - days * day);

    fd("FD-150", "spans go by row: those that started before the cutoff, strictly", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("t", { startedAt: ago(10), endedAt: ago(1), userId: "u" }),
          child("t", "old", { startedAt: ago(8), error: "e" }),
          child("t", "edge", { startedAt: new Date(now() - 7 * day + (context.clock ? 0 : 60_000)) }),
          child("t", "young", { startedAt: ago(1) }),
          root("other", { startedAt: ago(2) }),
        ],
      });
      const policies = { spans: { maxAge: "7d" } } as const;
      expect(await store.prune(policies, { dryRun: true })).toMatchObject([{ deleted: 2, done: true }]);
      expect((await store.getTrace({ traceId: "t" }))?.spans).toHaveLength(4);
      const results = await store.prune(policies);
      expect(results).toMatchObject([{ domain: "observability", deleted: 2, done: true }]);
      expect((await store.getTrace({ traceId: "t" }))?.spans.map(({ spanId }) => spanId)).toEqual(["edge", "young"]);
      expect(await listedIds(store)).toEqual(["other"]);
      expect(await listedIds(store, { filters: { hasChildError: true } })).toEqual([]);
      await store.createSpan({ span: root("t") });
      expect(await listedIds(store, { filters: { hasChildError: false } })).toEqual(["t", "other"]);
    });

    test("an older root that remains becomes the current one", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("t", { spanId: "a", startedAt: ago(9), userId: "a" }),
          root("t", { spanId: "b", startedAt: ago(3), userId: "b" }),
          root("t", { spanId: "c", startedAt: ago(4), userId: "c" }),
        ],
      });
      await store.prune({ spans: { maxAge: "5d" } });
      expect(await listedIds(store, { filters: { userId: "b" } })).toEqual(["t"]);
      await store.updateSpan({ traceId: "t", spanId: "b", updates: { parentSpanId: "c" } });
      expect(await listedIds(store, { filters: { userId: "c" } })).toEqual(["t"]);
      await store.updateSpan({ traceId: "t", spanId: "c", updates: { parentSpanId: "b" } });
      expect(await listedIds(store)).toEqual([]);
    });

    fd("FD-131", "spans go by trace: only whole traces", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("old", { startedAt: ago(10) }),
          child("old", "x", { startedAt: ago(9) }),
          root("mixed", { startedAt: ago(10) }),
          child("mixed", "x", { startedAt: ago(1) }),
          child("rootless", "x", { startedAt: ago(20) }),
          root("young", { startedAt: ago(1) }),
        ],
      });
      const policies = { spans: { maxAge: "7d", unit: "trace" } } as const;
      expect(await store.prune(policies, { dryRun: true })).toMatchObject([{ deleted: 3, done: true }]);
      expect(await store.prune(policies)).toMatchObject([{ deleted: 3, done: true }]);
      expect(await store.getTrace({ traceId: "old" })).toBeNull();
      expect(await store.getTrace({ traceId: "rootless" })).toBeNull();
      expect((await store.getTrace({ traceId: "mixed" }))?.spans).toHaveLength(2);
      expect(await listedIds(store)).toEqual(["young", "mixed"]);
    });

    test("every combination of caps is kept, and calls until done remove all and nothing younger", async () => {
      for (const unit of ["row", "trace"] as const) {
        for (const caps of [{ maxRows: 7 }, { maxBatches: 2 }, { maxRows: 5, maxBatches: 3 }, { maxRows: 1 }]) {
          const store = await open();
          await store.batchCreateSpans({
            records: Array.from({ length: 6 }, (_, trace) => [
              root(`t${trace}`, { startedAt: ago(10 - trace / 10) }),
              ...Array.from({ length: 1 + trace }, (_, i) =>
                child(`t${trace}`, `s${i}`, { startedAt: ago(9 - trace / 10) }),
              ),
            ])
              .flat()
              .concat(root("young", { startedAt: ago(1) })),
          });
          const policy = { spans: { maxAge: "5d", batchSize: 3, unit } } as const;
          let left = 27;
          for (let calls = 0; ; calls++) {
            expect(calls).toBeLessThan(60);
            const [result] = await store.prune(policy, caps);
            const most = Math.min(caps.maxRows ?? 99, 3 * (caps.maxBatches ?? 99));
            expect(result?.deleted).toBeLessThanOrEqual(most);
            left -= result?.deleted ?? 0;
            if (result?.done) break;
          }
          expect(left, `${unit} ${JSON.stringify(caps)}`).toBe(0);
          expect(await listedIds(store)).toEqual(["young"]);
        }
      }
    });

    test("a cap on rows does not cut a trace that fits the next call", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: ["a", "b"].flatMap((traceId, index) => [
          root(traceId, { startedAt: ago(10 - index) }),
          ...["x", "y"].map((spanId) => child(traceId, spanId, { startedAt: ago(8.5 - index) })),
        ]),
      });
      const policy = { spans: { maxAge: "5d", unit: "trace" } } as const;
      expect(await store.prune(policy, { maxRows: 4 })).toMatchObject([{ deleted: 3, done: false }]);
      expect((await store.getTrace({ traceId: "b" }))?.spans).toHaveLength(3);
      expect(await store.prune(policy, { maxRows: 4 })).toMatchObject([{ deleted: 3 }]);
      expect((await store.listTraces()).pagination?.total).toBe(0);
    });

    test("an aborted call reports its tables and removes nothing; unknown keys are skipped", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { startedAt: ago(10) }) });
      const signal = AbortSignal.abort();
      const policies = { spans: { maxAge: 0 }, traces: { maxAge: 0 }, nonsense: { maxAge: 0 } };
      expect(await store.prune(policies, { signal })).toMatchObject([
        { deleted: 0, done: false },
        { deleted: 0, done: false },
      ]);
      expect(await listedIds(store)).toEqual(["t"]);
      expect(await store.prune({})).toEqual([]);
    });

    test("legacy traces go by the time they were stored", async () => {
      const store = await open();
      const record = { traceId: "t", name: "n", startTime: 1n, endTime: 2n };
      await store.batchTraceInsert({
        records: [
          { ...record, id: "old", createdAt: ago(10) },
          { ...record, id: "young", createdAt: ago(1) },
        ],
      });
      expect(await store.prune({ traces: { maxAge: "5d" } })).toMatchObject([{ deleted: 1, done: true }]);
      expect((await store.getTraces()).map(({ id }) => id)).toEqual(["young"]);
    });
  });
}
