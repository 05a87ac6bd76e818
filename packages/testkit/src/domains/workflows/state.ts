import type { WorkflowRunState } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { key, manySteps, open, snapshot, success } from "./runs.ts";

export function stateSuite(context: DomainContext): void {
  describe("state of a run", () => {
    test("given members overwrite, undefined removes, the rest stays, and the new snapshot comes back", async () => {
      for (const entries of [{ a: success() }, manySteps(12, 600)]) {
        const store = await open(context);
        const state = snapshot({
          context: entries,
          result: { old: true },
          suspendedPaths: { a: [1] },
          value: { keep: 1 },
        });
        await store.persistWorkflowSnapshot({ ...key, snapshot: state, updatedAt: new Date(5) });
        const answer = await store.updateWorkflowState({
          ...key,
          opts: {
            status: "success",
            result: undefined,
            suspendedPaths: { b: [2] },
            error: { name: "E", message: "m".repeat(5000) },
          },
        });
        const { result: _removed, ...rest } = state;
        const expected = {
          ...rest,
          status: "success",
          suspendedPaths: { b: [2] },
          error: { name: "E", message: "m".repeat(5000) },
        };
        expect(answer).toEqual(expected);
        const run = await store.getWorkflowRunById(key);
        expect(run?.snapshot).toEqual(expected);
        if (context.clock) expect(run?.updatedAt).toEqual(new Date(context.clock.now()));
        expect((await store.listWorkflowRuns({ status: "success" })).total).toBe(1);
      }
    });

    test("members of later releases count as well", async () => {
      const store = await open(context);
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot() });
      const opts = { status: "waiting", later: { a: [1] }, context: { replaced: 1 } } as never;
      const expected = { ...snapshot(), status: "waiting", later: { a: [1] }, context: { replaced: 1 } };
      expect(await store.updateWorkflowState({ ...key, opts })).toEqual(expected);
      expect(await store.loadWorkflowSnapshot(key)).toEqual(expected);
    });

    test("even the context can be taken away, and given again by persisting", async () => {
      for (const entries of [{ a: success() }, manySteps(12, 600)]) {
        for (const replaced of [undefined, null, [1], "text"]) {
          const store = await open(context);
          const { context: _context, ...rest } = snapshot();
          await store.persistWorkflowSnapshot({ ...key, snapshot: { ...rest, context: entries } });
          await store.updateWorkflowState({ ...key, opts: { status: "failed", context: replaced } as never });
          const expected = { ...rest, status: "failed", ...(replaced !== undefined && { context: replaced }) };
          expect(await store.loadWorkflowSnapshot(key)).toEqual(expected);
          await store.persistWorkflowSnapshot({ ...key, snapshot: { ...rest, context: entries } });
          expect(await store.loadWorkflowSnapshot(key)).toEqual({ ...rest, context: entries });
        }
      }
    });

    test("a missing run gives undefined and is not made", async () => {
      const store = await open(context);
      expect(await store.updateWorkflowState({ ...key, opts: { status: "running" } })).toBeUndefined();
      expect(await store.updateWorkflowState({ ...key, runId: "", opts: { status: "running" } })).toBeUndefined();
      expect(await store.loadWorkflowSnapshot(key)).toBeNull();
    });

    test("an expected status that does not hold gives undefined, and nothing is written", async () => {
      const store = await open(context);
      const state = snapshot({ status: "suspended" });
      await store.persistWorkflowSnapshot({ ...key, snapshot: state, updatedAt: new Date(5) });
      for (const expectedStatus of ["running", "", [], ["running", "waiting"], "Suspended", [null] as never]) {
        expect(
          await store.updateWorkflowState({ ...key, opts: { status: "running", expectedStatus } }),
        ).toBeUndefined();
      }
      const run = await store.getWorkflowRunById(key);
      expect(run).toMatchObject({ snapshot: state, updatedAt: new Date(5) });
      const opts = { status: "running", expectedStatus: ["waiting", "suspended"] };
      expect(await store.updateWorkflowState({ ...key, opts })).toEqual({ ...state, status: "running" });
      expect((await store.loadWorkflowSnapshot(key)) as object).not.toHaveProperty("expectedStatus");
    });

    test("a run without status meets no expectation", async () => {
      const store = await open(context);
      await store.persistWorkflowSnapshot({ ...key, snapshot: { context: {} } as unknown as WorkflowRunState });
      for (const expectedStatus of ["pending", [null, "null", "undefined", ""]] as string[]) {
        expect(
          await store.updateWorkflowState({ ...key, opts: { status: "running", expectedStatus } }),
        ).toBeUndefined();
      }
      expect(await store.updateWorkflowState({ ...key, opts: { status: "running" } })).toEqual({
        context: {},
        status: "running",
      });
    });

    test("a stored snapshot without context is an error", async () => {
      const store = await open(context);
      const state = { status: "running", context: null } as unknown as WorkflowRunState;
      await store.persistWorkflowSnapshot({ ...key, snapshot: state });
      await expect(store.updateWorkflowState({ ...key, opts: { status: "failed" } })).rejects.toMatchObject({
        id: expect.stringMatching(/_UPDATE_WORKFLOW_STATE_FAILED$/),
      });
      expect(await store.loadWorkflowSnapshot(key)).toEqual(state);
    });

    test("nothing is shared with the store", async () => {
      const store = await open(context);
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: { a: success({ x: 1 }) } }) });
      const result = { list: [1] };
      const saving = store.updateWorkflowState({ ...key, opts: { status: "success", result } });
      result.list.push(2);
      const answer = await saving;
      expect(answer?.result).toEqual({ list: [1] });
      if (answer) answer.context.a.output.x = 2;
      expect((await store.loadWorkflowSnapshot(key))?.context.a.output).toEqual({ x: 1 });
    });

    fd("FD-008", "of fifty resumes exactly one moves the run on", async () => {
      const store = await open(context);
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ status: "suspended" }) });
      const claim = () =>
        store.updateWorkflowState({ ...key, opts: { status: "running", expectedStatus: "suspended" } });
      const answers = await Promise.all(Array.from({ length: 50 }, claim));
      expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
      expect(await claim()).toBeUndefined();
      expect((await store.loadWorkflowSnapshot(key))?.status).toBe("running");
    });

    test.runIf(context.canReopen && context.capabilities.compareAndSwap)(
      "what another process changed decides, however well this one knows the run",
      async () => {
        const storage = await context.open();
        const other = await context.reopen(storage);
        const [here, there] = await Promise.all(
          [storage, other].map(async (one) => (await one.getStore("workflows")) as typeof store),
        );
        const store = await open(context);
        if (!here || !there) throw new Error("a store is missing");
        await here.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ status: "suspended" }) });
        expect(await here.updateWorkflowState({ ...key, opts: { status: "running" } })).toBeDefined();
        expect(await there.updateWorkflowState({ ...key, opts: { status: "suspended" } })).toBeDefined();
        const claim = { ...key, opts: { status: "running", expectedStatus: "suspended" } };
        expect(await here.updateWorkflowState(claim)).toMatchObject({ status: "running" });
        expect(await there.updateWorkflowState(claim)).toBeUndefined();
        await there.deleteWorkflowRunById(key);
        expect(await here.updateWorkflowState({ ...key, opts: { status: "failed" } })).toBeUndefined();
        expect(await here.updateWorkflowResults({ ...key, stepId: "late", result: 1 })).toEqual({ late: 1 });
      },
    );
  });
}
