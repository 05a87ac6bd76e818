import type { WorkflowsStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { charactersIn, watching } from "../wraps.ts";
import { key, manySteps, open, snapshot, success } from "./runs.ts";

export function costSuite(context: DomainContext): void {
  describe("cost follows change", () => {
    const watched = async () => {
      const { calls, wrap } = watching();
      const store = await open(context, { wrap });
      await store.loadWorkflowSnapshot(key);
      calls.clear();
      return { calls, store };
    };

    fd("FD-119", "a result writes its own entry, however large the run is", async () => {
      const written: number[] = [];
      for (const steps of [20, 200]) {
        const { calls, store } = await watched();
        await store.persistWorkflowSnapshot({
          ...key,
          snapshot: snapshot({ context: manySteps(steps, 500), serializedStepGraph: Object.keys(manySteps(steps, 0)) }),
        });
        calls.clear();
        await store.updateWorkflowResults({
          ...key,
          stepId: "one-more",
          result: success("r".repeat(500)),
          requestContext: {},
        });
        written.push(charactersIn(calls.writes));
      }
      expect(Math.abs((written[1] as number) - (written[0] as number))).toBeLessThan(100);
      expect(written[1]).toBeLessThan(2000);
    });

    test("a run of a few steps is made as one record, and its steps become records when they change", async () => {
      const { calls, store } = await watched();
      const context = manySteps(10, 1000);
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context }) });
      expect(calls.writes.flat().filter(({ op }) => op !== "check")).toHaveLength(1);
      calls.clear();
      const result = success("r".repeat(500));
      await store.updateWorkflowResults({ ...key, stepId: "step-4", result });
      expect(charactersIn(calls.writes)).toBeLessThan(2000);
      const { "step-2": _, ...others }: Record<string, unknown> = { ...context, "step-4": result };
      await store.updateWorkflowResults({ ...key, stepId: "step-2", result: undefined });
      const second = await store.loadWorkflowSnapshot(key);
      expect(Object.entries(second?.context ?? {})).toEqual(Object.entries(others));
    });

    fd("FD-120", "persisting after each step writes what the step changed", async () => {
      const { calls, store } = await watched();
      const steps = 60;
      const graph = Object.keys(manySteps(1000, 0));
      for (let step = 1; step <= steps; step++) {
        await store.persistWorkflowSnapshot({
          ...key,
          snapshot: snapshot({ timestamp: step, context: manySteps(step, 1000), serializedStepGraph: graph }),
        });
      }
      const size = JSON.stringify(snapshot({ context: manySteps(steps, 1000), serializedStepGraph: graph })).length;
      expect(charactersIn(calls.writes)).toBeLessThan(2 * size);
    });

    fd("FD-128", "round trips of each method are bounded", async () => {
      const { calls, store } = await watched();
      const cost = async (call: () => Promise<unknown>) => {
        calls.clear();
        await call();
        return calls.count();
      };
      const persist = (steps: number) =>
        store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(steps, 600) }) });
      expect(await cost(() => persist(10))).toBe(1);
      expect(await cost(() => persist(11))).toBe(1);
      expect(await cost(() => store.loadWorkflowSnapshot(key))).toBe(1);
      expect(await cost(() => store.getWorkflowRunById(key))).toBe(1);
      expect(await cost(() => store.getWorkflowRunById({ runId: key.runId }))).toBe(2);
      expect(await cost(() => store.updateWorkflowResults({ ...key, stepId: "x", result: 1 }))).toBe(1);
      expect(await cost(() => store.updateWorkflowState({ ...key, opts: { status: "waiting" } }))).toBe(1);
      expect(await cost(() => store.listWorkflowRuns({ status: "waiting", page: 0, perPage: 10 }))).toBe(2);
      expect(await cost(() => store.deleteWorkflowRunById(key))).toBe(2);
      const many = Array.from({ length: 16 }, (_, n) => n);
      await persist(10);
      expect(
        await cost(() =>
          Promise.all(many.map((n) => store.updateWorkflowResults({ ...key, stepId: `p${n}`, result: n }))),
        ),
      ).toBeLessThanOrEqual(2);
    });

    test.runIf(context.canReopen && context.capabilities.compareAndSwap)(
      "a process that does not know a run needs two round trips, and reads it once",
      async () => {
        for (const [steps, late] of [
          [50, 1],
          [150, 2],
        ] as const) {
          const first = await context.open();
          const { calls, wrap } = watching();
          const writer = (await first.getStore("workflows")) as WorkflowsStorage;
          await writer.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(steps, 600) }) });
          const second = await context.reopen(first, { wrap });
          const other = (await second.getStore("workflows")) as WorkflowsStorage;
          await other.listWorkflowRuns({ workflowName: "nobody" });
          calls.clear();
          await other.updateWorkflowResults({ ...key, stepId: "there", result: 1 });
          expect(calls.count()).toBe(2);
          calls.clear();
          await other.loadWorkflowSnapshot(key);
          expect(calls.count()).toBe(1);
          await writer.updateWorkflowResults({ ...key, stepId: "here", result: 1 });
          calls.clear();
          const found = await other.loadWorkflowSnapshot(key);
          expect(Object.keys(found?.context ?? {})).toHaveLength(steps + 2);
          expect(calls.count()).toBe(late);
        }
      },
    );

    fd("FD-174", "a page of a list reads the runs of the page only", async () => {
      const { calls, store } = await watched();
      for (let n = 0; n < 12; n++) {
        const state = snapshot({ status: "waiting", context: manySteps(4, 4000) });
        await store.persistWorkflowSnapshot({ ...key, runId: `r${n}`, snapshot: state });
      }
      calls.clear();
      await store.listWorkflowRuns({ status: "waiting", page: 1, perPage: 3 });
      const finds = calls.reads
        .flat()
        .filter(({ op, table }) => op === "find" && table.name === "stowage_workflow_steps");
      expect(finds).toHaveLength(3);
    });
  });
}
