import type { WorkflowRunState, WorkflowsStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { unhurried } from "../wraps.ts";
import { key, largeSuccess, manySteps, open, snapshot, success } from "./runs.ts";

export function resultsSuite(context: DomainContext): void {
  describe("results of steps", () => {
    for (const [size, others] of [
      ["small", {}],
      ["large", manySteps(12, 600)],
    ] as const) {
      test(`a result is put into the context of a ${size} run and the whole context returned`, async () => {
        const store = await open(context);
        const state = snapshot({ context: { input: 1, ...others }, requestContext: { a: 1, b: { c: 1 } } });
        await store.persistWorkflowSnapshot({
          ...key,
          snapshot: state,
          resourceId: "me",
          createdAt: new Date(1),
          updatedAt: new Date(2),
        });
        const answer = await store.updateWorkflowResults({
          ...key,
          stepId: "new",
          result: success({ ok: true }),
          requestContext: { b: { d: 2 }, e: null },
        });
        expect(answer).toEqual({ ...state.context, new: success({ ok: true }) });
        const run = await store.getWorkflowRunById(key);
        expect(run?.snapshot).toEqual({ ...state, context: answer, requestContext: { a: 1, b: { d: 2 }, e: null } });
        expect(run).toMatchObject({ resourceId: "me", createdAt: new Date(1) });
        if (context.clock) expect(run?.updatedAt).toEqual(new Date(context.clock.now()));
      });

      test(`undefined removes an entry of a ${size} run`, async () => {
        const store = await open(context);
        await store.persistWorkflowSnapshot({
          ...key,
          snapshot: snapshot({ context: { ...others, a: success(), b: 1 } }),
        });
        const call = { ...key, result: undefined, requestContext: {} };
        expect(await store.updateWorkflowResults({ ...call, stepId: "a" })).toEqual({ ...others, b: 1 });
        expect(await store.updateWorkflowResults({ ...call, stepId: "never" })).toEqual({ ...others, b: 1 });
        expect((await store.loadWorkflowSnapshot(key))?.context).toEqual({ ...others, b: 1 });
      });
    }

    test("a run grows from small to large by results alone", async () => {
      const store = await open(context);
      const expected: Record<string, unknown> = {};
      for (let step = 0; step < 20; step++) {
        expected[`s${step}`] = success("y".repeat(700));
        const answer = await store.updateWorkflowResults({
          ...key,
          stepId: `s${step}`,
          result: expected[`s${step}`],
          requestContext: { [`k${step}`]: "z".repeat(100) },
        });
        expect(answer).toEqual(expected);
      }
      const found = await store.loadWorkflowSnapshot(key);
      expect(found?.context).toEqual(expected);
      expect(Object.keys(found?.requestContext ?? {})).toHaveLength(20);
    });

    test("a first result makes a pending run", async () => {
      const store = await open(context);
      const answer = await store.updateWorkflowResults({
        ...key,
        stepId: "a",
        result: success(),
        requestContext: { user: "u" },
      });
      expect(answer).toEqual({ a: success() });
      expect(await store.loadWorkflowSnapshot(key)).toEqual({
        runId: "run",
        status: "pending",
        value: {},
        context: { a: success() },
        serializedStepGraph: [],
        activePaths: [],
        activeStepsPath: {},
        suspendedPaths: {},
        waitingPaths: {},
        resumeLabels: {},
        requestContext: { user: "u" },
        timestamp: context.clock ? context.clock.now() : expect.any(Number),
      });
      expect((await store.listWorkflowRuns({ status: "pending" })).total).toBe(1);
      expect((await store.getWorkflowRunById(key))?.resourceId).toBeUndefined();
    });

    test("a request context that is not given merges nothing", async () => {
      const store = await open(context);
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ requestContext: { a: 1 } }) });
      for (const requestContext of [undefined, null, {}]) {
        await store.updateWorkflowResults({ ...key, stepId: "s", result: success(), requestContext });
      }
      expect((await store.loadWorkflowSnapshot(key))?.requestContext).toEqual({ a: 1 });
      const without = { ...key, runId: "without" };
      await store.persistWorkflowSnapshot({ ...without, snapshot: snapshot() });
      await store.updateWorkflowResults({ ...without, stepId: "s", result: success() });
      expect(await store.loadWorkflowSnapshot(without)).not.toHaveProperty("requestContext");
    });

    test("any step id", async () => {
      const store = await open(context);
      const ids = [
        "",
        "__state",
        "__proto__",
        "input",
        "a.b",
        "$x",
        "a\0b",
        "\ud800",
        "%0000",
        "\u001a",
        "constructor",
        "1",
      ];
      for (const pad of [1, 600]) {
        const where = { workflowName: "flow", runId: `ids-${pad}` };
        for (const id of ids) {
          const answer = await store.updateWorkflowResults({
            ...where,
            stepId: id,
            result: success({ id, pad: "p".repeat(pad) }),
          });
          expect(Object.getOwnPropertyDescriptor(answer, id)?.value).toMatchObject({ output: { id } });
        }
        const found = await store.loadWorkflowSnapshot(where);
        expect(new Set(Object.keys(found?.context ?? {}))).toEqual(new Set(ids));
        for (const id of ids) {
          expect(Object.getOwnPropertyDescriptor(found?.context, id)?.value).toMatchObject({ output: { id } });
        }
      }
    });

    test("a stored snapshot without a context object refuses results, and nothing is written", async () => {
      const store = await open(context);
      for (const state of [{ status: "running" }, { context: null }, { context: [] }, { context: "x" }]) {
        await store.persistWorkflowSnapshot({ ...key, snapshot: state as unknown as WorkflowRunState });
        await expect(
          store.updateWorkflowResults({ ...key, stepId: "s", result: success(), requestContext: { a: 1 } }),
        ).rejects.toMatchObject({
          id: expect.stringMatching(/_UPDATE_WORKFLOW_RESULTS_FAILED$/),
          details: { workflowName: "flow", runId: "run" },
        });
        expect(await store.loadWorkflowSnapshot(key)).toEqual(state);
      }
    });

    test("bad arguments are refused", async () => {
      const store = await open(context);
      const good = { ...key, stepId: "s", result: success(), requestContext: {} };
      for (const change of [
        { runId: "" },
        { workflowName: 5 },
        { stepId: undefined },
        { stepId: 5 },
        { requestContext: [] },
      ]) {
        await expect(store.updateWorkflowResults({ ...good, ...change } as never)).rejects.toMatchObject({
          category: "USER",
          details: { status: 400 },
        });
      }
      expect((await store.listWorkflowRuns()).total).toBe(0);
    });

    test("nothing is shared with the store", async () => {
      const store = await open(context);
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: { a: largeSuccess(1) } }) });
      const result = success({ list: [1] });
      const requestContext = { deep: { x: 1 } };
      const saving = store.updateWorkflowResults({ ...key, stepId: "s", result, requestContext });
      (result.output as { list: number[] }).list.push(2);
      requestContext.deep.x = 2;
      const answer = (await saving) as Record<string, { output: { list: number[]; mark: unknown } }>;
      for (let turn = 0; turn < 3; turn++) {
        answer.s?.output.list.push(3);
        if (answer.a) answer.a.output.mark = "changed";
        const again = await store.updateWorkflowResults({ ...key, stepId: "t", result: success(turn) });
        expect(again).toEqual({ a: largeSuccess(1), s: success({ list: [1] }), t: success(turn) });
        Object.assign(answer, again);
      }
      expect((await store.loadWorkflowSnapshot(key))?.requestContext).toEqual({ deep: { x: 1 } });
    });

    fd("FD-025", "recording one step again leaves what the others recorded byte for byte", async () => {
      const store = await open(context);
      const failed = { status: "failed", error: { name: "E", message: "first" }, payload: { b: 1, a: [] }, endedAt: 3 };
      const recorded = { ...manySteps(12, 900), renamed: failed };
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: recorded }) });
      const { "step-3": _replaced, ...before } = (await store.loadWorkflowSnapshot(key))?.context ?? {};
      await store.updateWorkflowResults({
        ...key,
        stepId: "step-3",
        result: success("again") as never,
        requestContext: {},
      });
      const { "step-3": replaced, ...after } = (await store.loadWorkflowSnapshot(key))?.context ?? {};
      expect(replaced).toEqual(success("again"));
      expect(JSON.stringify(after)).toBe(JSON.stringify(before));
      expect(after.renamed).toEqual(failed);
    });

    fd("FD-024", "a run is told to be stored only once others can read it", async () => {
      const writing = await context.open({ wrap: unhurried });
      const reading = context.canReopen ? await context.reopen(writing) : writing;
      const writer = (await writing.getStore("workflows")) as WorkflowsStorage;
      const reader = (await reading.getStore("workflows")) as WorkflowsStorage;
      const state = snapshot({ status: "suspended" });
      await writer.persistWorkflowSnapshot({ ...key, snapshot: state });
      expect(await reader.loadWorkflowSnapshot(key)).toEqual(state);
      await writer.updateWorkflowResults({ ...key, stepId: "s", result: success() as never, requestContext: {} });
      expect((await reader.loadWorkflowSnapshot(key))?.context).toHaveProperty("s");
    });

    fd("FD-016", "what one run is told leaves the other runs of its workflow alone", async () => {
      const store = await open(context);
      const runIds = ["first", "second"];
      for (const runId of runIds) await store.persistWorkflowSnapshot({ ...key, runId, snapshot: snapshot({ runId }) });
      const other = await store.loadWorkflowSnapshot({ ...key, runId: "first" });
      await store.updateWorkflowState({ ...key, runId: "second", opts: { status: "failed" } });
      await store.updateWorkflowResults({
        ...key,
        runId: "second",
        stepId: "s",
        result: success() as never,
        requestContext: {},
      });
      expect(await store.loadWorkflowSnapshot({ ...key, runId: "first" })).toEqual(other);
      expect((await store.listWorkflowRuns({ status: "failed" })).runs.map(({ runId }) => runId)).toEqual(["second"]);
    });

    fd("FD-076", "values that look like tags come back as data", async () => {
      const store = await open(context);
      const result = {
        status: "success",
        output: { lc: 1, type: "constructor", $type: "Date", value: "2026-01-01T00:00:00Z" },
      };
      const answer = await store.updateWorkflowResults({ ...key, stepId: "s", result });
      expect(answer).toEqual({ s: result });
      expect((await store.loadWorkflowSnapshot(key))?.context).toEqual({ s: result });
    });
  });
}
