import type { WorkflowsStorage } from "@stowage/core";
import type { Engine } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { failingWrite, slowly, watching, withAtomicLimit, withoutSnapshots } from "../wraps.ts";
import { key, manySteps, open, snapshot, success } from "./runs.ts";

/** What the smallest engine takes in one batch. */
const small = withAtomicLimit(24);

export function largeRunsSuite(context: DomainContext): void {
  describe("runs that do not fit one batch", () => {
    test("are persisted, changed and removed like any other", async () => {
      const store = await open(context, { wrap: small });
      for (const count of [30, 100, 101, 3, 60]) {
        const state = snapshot({ context: manySteps(count, 200) });
        await store.persistWorkflowSnapshot({ ...key, snapshot: state });
        expect(await store.loadWorkflowSnapshot(key)).toEqual(state);
        const answer = await store.updateWorkflowResults({ ...key, stepId: "step-1", result: success(count) });
        expect(answer).toEqual({ ...state.context, "step-1": success(count) });
      }
      const changed = snapshot({
        context: Object.fromEntries(Object.keys(manySteps(60, 0)).map((id) => [id, success("c".repeat(300))])),
      });
      await store.persistWorkflowSnapshot({ ...key, snapshot: changed });
      expect(await store.loadWorkflowSnapshot(key)).toEqual(changed);
      expect((await store.listWorkflowRuns()).runs[0]?.snapshot).toEqual(changed);
      await store.deleteWorkflowRunById(key);
      expect(await store.loadWorkflowSnapshot(key)).toBeNull();
      expect(await store.updateWorkflowResults({ ...key, stepId: "a", result: 1 })).toEqual({ a: 1 });
    });

    test("many calls at once that do not fit one batch together", async () => {
      const store = await open(context, { wrap: small });
      const ids = Object.keys(manySteps(80, 0));
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(10, 600) }) });
      const answers = await Promise.all(
        ids.map((stepId) => store.updateWorkflowResults({ ...key, stepId, result: success("r".repeat(500)) })),
      );
      for (const [n, answer] of answers.entries()) expect(Object.keys(answer)).toHaveLength(Math.max(10, n + 1));
      expect(Object.keys((await store.loadWorkflowSnapshot(key))?.context ?? {})).toEqual(ids);
    });

    test("whoever comes next finishes a deletion that was cut off", async () => {
      const next: readonly ((store: WorkflowsStorage) => Promise<unknown>)[] = [
        (store) => store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(12, 1200) }) }),
        (store) => store.updateWorkflowResults({ ...key, stepId: "step-0", result: success() }),
        (store) => store.deleteWorkflowRunById(key),
      ];
      const steps = [12, 1, 0];
      for (const [n, go] of next.entries()) {
        for (const call of [2, 3]) {
          const fault = { count: Number.POSITIVE_INFINITY };
          const { calls, wrap } = watching();
          const store = await open(context, { wrap: (engine) => failingWrite(fault, true)(small(wrap(engine))) });
          for (const [stepId, result] of Object.entries(manySteps(40, 200))) {
            await store.updateWorkflowResults({ ...key, stepId, result });
          }
          fault.count = call;
          await expect(store.deleteWorkflowRunById(key)).rejects.toThrow();
          fault.count = Number.POSITIVE_INFINITY;
          expect(await store.loadWorkflowSnapshot(key)).toBeNull();
          expect((await store.listWorkflowRuns()).total).toBe(0);
          await go(store);
          const found = await store.loadWorkflowSnapshot(key);
          expect(Object.keys(found?.context ?? {})).toHaveLength(steps[n] as number);
          const eq = { workflow_name: key.workflowName, run_id: key.runId };
          expect(await calls.rows("stowage_workflow_steps", "byRun", eq)).toHaveLength(n === 0 ? 12 : 0);
        }
      }
    });

    test("no row of a part is left behind", async () => {
      const { calls, wrap } = watching();
      const storage = await context.open({ wrap: (engine) => slowly(small(wrap(engine))) });
      const store = (await storage.getStore("workflows")) as WorkflowsStorage;
      const rows = async () =>
        (await calls.rows("stowage_workflow_steps", "byRun", { workflow_name: key.workflowName, run_id: key.runId }))
          .length;
      const persist = (count: number, size: number, by = store) =>
        by.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(count, size) }) });
      for (const [count, size] of [
        [50, 300],
        [40, 400],
        [12, 500],
        [60, 200],
      ] as const) {
        await persist(count, size);
        expect(await rows()).toBe(count);
      }
      await persist(2, 10);
      expect(await rows()).toBe(0);
      await persist(50, 300);
      await store.deleteWorkflowRunById(key);
      expect(await rows()).toBe(0);
      if (!context.canReopen || !context.capabilities.compareAndSwap) return;
      const other = (await (await context.reopen(storage, { wrap: small })).getStore("workflows")) as WorkflowsStorage;
      for (const count of [30, 31]) {
        await Promise.all([
          persist(count, 400),
          persist(count, 350, other),
          other.updateWorkflowResults({ ...key, stepId: "step-1", result: success("x".repeat(300)) }),
        ]);
        expect(await rows()).toBe(count);
      }
    });

    test("a new run that another process replaces at once gets none of its first rows back", async () => {
      if (!context.canReopen || !context.capabilities.compareAndSwap) return;
      const { calls, wrap } = watching();
      let meanwhile: (() => Promise<void>) | undefined;
      const storage = await context.open({
        wrap: (engine) => {
          const inner = small(wrap(engine));
          return forward(inner, {
            read: (async (ops, options) => {
              const replace = ops.some(({ op }) => op === "count") ? meanwhile : undefined;
              if (replace) meanwhile = undefined;
              await replace?.();
              return inner.read(ops, options);
            }) as Engine["read"],
          });
        },
      });
      const store = (await storage.getStore("workflows")) as WorkflowsStorage;
      const other = (await (await context.reopen(storage, { wrap: small })).getStore("workflows")) as WorkflowsStorage;
      const later = snapshot({ context: manySteps(31, 350) });
      // The first look that a writer takes at its rows, after the run is there.
      meanwhile = () => other.persistWorkflowSnapshot({ ...key, snapshot: later });
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(30, 400) }) });
      expect(meanwhile).toBeUndefined();
      const eq = { workflow_name: key.workflowName, run_id: key.runId };
      expect(await calls.rows("stowage_workflow_steps", "byRun", eq)).toHaveLength(31);
      expect(await other.loadWorkflowSnapshot(key)).toEqual(later);
    });

    test("a value larger than a batch may be", async () => {
      const store = await open(context, { wrap: withAtomicLimit(24, 100_000) });
      const state = snapshot({ context: { input: "i".repeat(300_000), a: success() } });
      await store.persistWorkflowSnapshot({ ...key, snapshot: state });
      await store.updateWorkflowResults({ ...key, stepId: "b", result: success("b".repeat(200_000)) });
      expect(await store.loadWorkflowSnapshot(key)).toEqual({
        ...state,
        context: { ...state.context, b: success("b".repeat(200_000)) },
      });
    });

    test("a reader sees the old run or the new one while it is written", async () => {
      const storage = await context.open({ wrap: (engine) => slowly(small(engine)) });
      const writer = (await storage.getStore("workflows")) as WorkflowsStorage;
      const isApart = context.canReopen && context.capabilities.compareAndSwap;
      const other = isApart ? await context.reopen(storage, { wrap: withoutSnapshots }) : storage;
      const reader = (await other.getStore("workflows")) as WorkflowsStorage;
      const state = (mark: string) =>
        snapshot({
          context: Object.fromEntries(Object.keys(manySteps(50, 0)).map((id) => [id, success(mark.repeat(150))])),
        });
      const seen = new Set<string>();
      let isWriting = true;
      const writing = (async () => {
        for (const mark of ["a", "b", "c", "d"])
          await writer.persistWorkflowSnapshot({ ...key, snapshot: state(mark) });
        await writer.deleteWorkflowRunById(key);
        isWriting = false;
      })();
      while (isWriting) {
        const found = await reader.loadWorkflowSnapshot(key);
        const mark = found?.context["step-0"].output[0];
        if (found) expect(found).toEqual(state(mark));
        seen.add(String(mark));
      }
      await writing;
      expect(await reader.loadWorkflowSnapshot(key)).toBeNull();
    });

    fd(
      "FD-018",
      "a write or a deletion that fails anywhere leaves the old run or the new one, and can be repeated",
      async () => {
        const before = snapshot({ context: manySteps(40, 200), value: { old: true } });
        const after = snapshot({
          context: Object.fromEntries(Object.keys(manySteps(45, 0)).map((id) => [id, success("n".repeat(300))])),
        });
        for (const kind of ["persist", "create", "delete"] as const) {
          for (let call = 1, met = true; met; call++) {
            const fault = { count: Number.POSITIVE_INFINITY };
            const wrap = (engine: Parameters<typeof small>[0]) => failingWrite(fault, true)(small(engine));
            const store = await open(context, { wrap });
            if (kind !== "create") await store.persistWorkflowSnapshot({ ...key, snapshot: before });
            fault.count = call;
            const run = () =>
              kind === "delete"
                ? store.deleteWorkflowRunById(key)
                : store.persistWorkflowSnapshot({ ...key, snapshot: after });
            const outcome = await run().then(
              () => "done",
              () => "failed",
            );
            met = fault.count <= 0;
            fault.count = Number.POSITIVE_INFINITY;
            const [old, next] = [kind === "create" ? null : before, kind === "delete" ? null : after];
            const found = await store.loadWorkflowSnapshot(key);
            expect([old, next], `${kind} ${call}`).toContainEqual(found);
            if (outcome === "done") expect(found).toEqual(next);
            if (call % 2) {
              await run();
              expect(await store.loadWorkflowSnapshot(key), `${kind} ${call} repeated`).toEqual(next);
            }
            const third = snapshot({ context: manySteps(12, 500) });
            await store.persistWorkflowSnapshot({ ...key, snapshot: third });
            expect(await store.loadWorkflowSnapshot(key)).toEqual(third);
          }
        }
      },
      120_000,
    );
  });
}
