import type { MemoryStorage, WorkflowsStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { key, manySteps, open, snapshot, success } from "./runs.ts";

export function maintenanceSuite(context: DomainContext): void {
  const save = (store: WorkflowsStorage, runId: string, updatedAt: number, steps = 2) =>
    store.persistWorkflowSnapshot({
      workflowName: "flow",
      runId,
      snapshot: snapshot({ context: manySteps(steps, 800) }),
      updatedAt: new Date(updatedAt),
    });
  const left = async (store: WorkflowsStorage) =>
    (await store.listWorkflowRuns()).runs.map(({ runId }) => runId).sort();

  describe("deleting runs", () => {
    test("a deleted run is gone with all its parts, and nothing comes back with its id", async () => {
      const store = await open(context);
      for (const steps of [0, 1, 40]) {
        await save(store, "run", 1, steps);
        await save(store, "other", 1, steps);
        expect(await store.deleteWorkflowRunById(key)).toBeUndefined();
        expect(await store.loadWorkflowSnapshot(key)).toBeNull();
        expect(await store.getWorkflowRunById({ runId: "run" })).toBeNull();
        expect(await left(store)).toEqual(["other"]);
        const again = snapshot({ context: { fresh: success() } });
        await store.persistWorkflowSnapshot({ ...key, snapshot: again });
        expect(await store.loadWorkflowSnapshot(key)).toEqual(again);
        await store.deleteWorkflowRunById(key);
        expect(await store.updateWorkflowResults({ ...key, stepId: "late", result: success() })).toEqual({
          late: success(),
        });
        expect((await store.loadWorkflowSnapshot(key))?.status).toBe("pending");
        await store.deleteWorkflowRunById(key);
      }
      expect((await store.loadWorkflowSnapshot({ ...key, runId: "other" }))?.context).toEqual(manySteps(40, 800));
    });

    test("a missing or empty id is no error and removes nothing", async () => {
      const store = await open(context);
      await save(store, "run", 1);
      await store.deleteWorkflowRunById({ ...key, runId: "nobody" });
      await store.deleteWorkflowRunById({ ...key, runId: "" });
      await store.deleteWorkflowRunById({ ...key, workflowName: undefined as never });
      await store.deleteWorkflowRunById({ ...key, runId: "a\0" });
      expect(await left(store)).toEqual(["run"]);
    });
  });

  describe("pruning and clearing", () => {
    const policy = (maxAge: number | string, more: object = {}) => ({
      workflowSnapshot: { maxAge: maxAge as number, ...more },
    });

    test.runIf(context.clock)(
      "runs without activity for longer than the age go, strictly, whatever their status",
      async () => {
        const store = await open(context);
        const now = context.clock?.now() ?? 0;
        await save(store, "old", now - 1001);
        await save(store, "edge", now - 1000);
        await save(store, "large", now - 5000, 30);
        await save(store, "new", now);
        expect(await store.prune(policy(1000))).toEqual([
          { domain: "workflows", table: "mastra_workflow_snapshot", deleted: 2, done: true },
        ]);
        expect(await left(store)).toEqual(["edge", "new"]);
        expect(await store.loadWorkflowSnapshot({ workflowName: "flow", runId: "large" })).toBeNull();
        expect(await store.prune({})).toEqual([]);
        expect(await store.prune({ unknown: { maxAge: 0 } })).toEqual([]);
        context.clock?.advance(1);
        expect(await store.prune(policy("0s"))).toMatchObject([{ deleted: 2, done: true }]);
      },
    );

    test.runIf(context.clock)("bounds end the call, and the next one goes on", async () => {
      const store = await open(context);
      const now = context.clock?.now() ?? 0;
      for (let n = 0; n < 10; n++) await save(store, `${n}`, now - 1000 + n, n % 3);
      expect(await store.prune(policy(1), { dryRun: true })).toMatchObject([{ deleted: 10, done: true }]);
      expect(await store.prune(policy(1, { batchSize: 2 }), { maxBatches: 2 })).toMatchObject([
        { deleted: 4, done: false },
      ]);
      expect(await left(store)).toEqual(["4", "5", "6", "7", "8", "9"]);
      expect(await store.prune(policy(1, { batchSize: 4 }), { maxRows: 5 })).toMatchObject([
        { deleted: 5, done: false },
      ]);
      expect(await left(store)).toEqual(["9"]);
      expect(await store.prune(policy(1), { signal: AbortSignal.abort() })).toMatchObject([
        { deleted: 0, done: false },
      ]);
      expect(await store.prune(policy(1))).toMatchObject([{ deleted: 1, done: true }]);
    });

    test.runIf(context.clock)("activity keeps a run alive, a result and a state change included", async () => {
      const store = await open(context);
      const clock = context.clock;
      for (const runId of ["result", "state", "idle"]) await save(store, runId, clock?.now() ?? 0, 20);
      clock?.advance(10_000);
      await store.updateWorkflowResults({ workflowName: "flow", runId: "result", stepId: "s", result: 1 });
      await store.updateWorkflowState({ workflowName: "flow", runId: "state", opts: { status: "waiting" } });
      expect(await store.prune(policy(5000))).toMatchObject([{ deleted: 1, done: true }]);
      expect(await left(store)).toEqual(["result", "state"]);
    });

    test("bad policies are refused", async () => {
      const store = await open(context);
      await save(store, "run", 1);
      for (const bad of [policy(-1), policy("soon"), policy(1, { batchSize: 0 })])
        await expect(store.prune(bad)).rejects.toThrow();
      expect(await left(store)).toEqual(["run"]);
    });

    fd("FD-014", "clearing removes all runs and nothing of another domain", async () => {
      const storage = await context.open();
      const store = (await storage.getStore("workflows")) as WorkflowsStorage;
      const memory = (await storage.getStore("memory")) as MemoryStorage;
      const now = new Date(1);
      await memory.saveThread({ thread: { id: "t", resourceId: "r", createdAt: now, updatedAt: now } });
      await save(store, "a", 1, 30);
      await save(store, "b", 1, 0);
      await store.dangerouslyClearAll();
      expect(await left(store)).toEqual([]);
      expect(await store.loadWorkflowSnapshot({ workflowName: "flow", runId: "a" })).toBeNull();
      expect(await memory.getThreadById({ threadId: "t" })).not.toBeNull();
      await save(store, "a", 1, 3);
      expect((await store.loadWorkflowSnapshot({ workflowName: "flow", runId: "a" }))?.context).toEqual(
        manySteps(3, 800),
      );
    });
  });
}
