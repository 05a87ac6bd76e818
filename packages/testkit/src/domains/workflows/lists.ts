import type { StorageListWorkflowRunsInput, WorkflowRunState, WorkflowsStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { largeSuccess, manySteps, open, snapshot, success, suspendedIn } from "./runs.ts";

const listed = async (store: WorkflowsStorage, input?: StorageListWorkflowRunsInput) =>
  (await store.listWorkflowRuns(input)).runs.map(({ workflowName, runId }) => `${workflowName}/${runId}`);

interface Run {
  workflowName?: string;
  runId: string;
  at?: number;
  resourceId?: string;
  state?: Partial<WorkflowRunState>;
}

async function save(store: WorkflowsStorage, ...runs: Run[]): Promise<void> {
  for (const { workflowName = "flow", runId, at = 0, resourceId, state } of runs) {
    const owner = resourceId === undefined ? {} : { resourceId };
    await store.persistWorkflowSnapshot({
      workflowName,
      runId,
      ...owner,
      createdAt: new Date(at),
      snapshot: snapshot(state),
    });
  }
}

export function listsSuite(context: DomainContext): void {
  describe("lists of runs", () => {
    test("order: createdAt, run id, workflow name, all descending", async () => {
      const store = await open(context);
      await save(
        store,
        { runId: "b", at: 1 },
        { runId: "a", at: 2 },
        { runId: "b", at: 2, workflowName: "x" },
        { runId: "b", at: 2, workflowName: "y" },
        { runId: "\uffff", at: 1 },
        { runId: "\u{10000}", at: 1 },
      );
      const all = ["y/b", "x/b", "flow/a", "flow/\u{10000}", "flow/\uffff", "flow/b"];
      expect(await listed(store)).toEqual(all);
      expect(await listed(store, { status: "running" })).toEqual(all);
      expect(await listed(store, { workflowName: "flow" })).toEqual(all.slice(2));
    });

    test("conditions are exact and all hold together", async () => {
      const store = await open(context);
      await save(
        store,
        { runId: "1", at: 1, resourceId: "me", state: { status: "running" } },
        { runId: "2", at: 2, resourceId: "me", state: { status: "success" } },
        { runId: "3", at: 3, resourceId: "you", state: { status: "success", context: { s: suspendedIn("t") } } },
        {
          runId: "4",
          at: 4,
          workflowName: "other",
          resourceId: "me",
          state: { status: "success", context: { s: suspendedIn("t") } },
        },
        { runId: "5", at: 5 },
      );
      const cases: [StorageListWorkflowRunsInput, string[]][] = [
        [{}, ["flow/5", "other/4", "flow/3", "flow/2", "flow/1"]],
        [{ workflowName: "other" }, ["other/4"]],
        [{ workflowName: "Other" }, []],
        [{ resourceId: "me" }, ["other/4", "flow/2", "flow/1"]],
        [{ resourceId: "m" }, []],
        [{ status: "success" }, ["other/4", "flow/3", "flow/2"]],
        [{ status: "succes" }, []],
        [{ threadId: "t" }, ["other/4", "flow/3"]],
        [{ threadId: "T" }, []],
        [{ threadId: "t", resourceId: "me" }, ["other/4"]],
        [{ threadId: "t", workflowName: "flow", status: "success" }, ["flow/3"]],
        [{ workflowName: "flow", status: "success" }, ["flow/3", "flow/2"]],
        [{ workflowName: "flow", resourceId: "me" }, ["flow/2", "flow/1"]],
        [{ workflowName: "flow", resourceId: "me", status: "running" }, ["flow/1"]],
        [{ fromDate: new Date(2), toDate: new Date(4) }, ["other/4", "flow/3", "flow/2"]],
        [{ fromDate: new Date(2), resourceId: "me" }, ["other/4", "flow/2"]],
        [{ toDate: new Date(2), status: "success" }, ["flow/2"]],
        [{ fromDate: new Date(4), toDate: new Date(2) }, []],
      ];
      for (const [input, expected] of cases) {
        expect(await listed(store, input), JSON.stringify(input)).toEqual(expected);
        const page = await store.listWorkflowRuns({ ...input, page: 0, perPage: 2 });
        expect(page.total, JSON.stringify(input)).toBe(expected.length);
        expect(page.runs.map(({ workflowName, runId }) => `${workflowName}/${runId}`)).toEqual(expected.slice(0, 2));
      }
    });

    fd("FD-178", "a condition that is left out is none, an empty one is a real one", async () => {
      const store = await open(context);
      await save(store, { runId: "owned", resourceId: "me" }, { runId: "free" }, { runId: "empty", resourceId: "" });
      expect(await listed(store, { resourceId: undefined, status: undefined } as never)).toHaveLength(3);
      expect(await listed(store, { resourceId: "" })).toEqual(["flow/empty"]);
      expect(await listed(store, { workflowName: "" })).toEqual([]);
      expect(await listed(store, { status: "" })).toEqual([]);
      expect(await listed(store, { threadId: "" })).toEqual([]);
      expect(await listed(store, { resourceId: "a\0b" })).toEqual([]);
    });

    fd("FD-055", "an object, a list or null in the place of a value is refused", async () => {
      const store = await open(context);
      await save(store, { runId: "1", resourceId: "me" });
      for (const value of [null, { $ne: "" }, ["me"], 5, true]) {
        for (const name of ["resourceId", "workflowName", "status", "threadId"]) {
          await expect(store.listWorkflowRuns({ [name]: value } as never)).rejects.toMatchObject({
            category: "USER",
            id: expect.stringMatching(/_LIST_WORKFLOW_RUNS_INVALID_INPUT$/),
            details: { status: 400 },
          });
        }
        if (value === null) continue;
        await expect(store.getWorkflowRunById({ runId: value as never })).rejects.toMatchObject({ category: "USER" });
        await expect(store.loadWorkflowSnapshot({ workflowName: "flow", runId: value as never })).rejects.toMatchObject(
          {
            category: "USER",
          },
        );
      }
      await expect(store.listWorkflowRuns({ fromDate: "soon" as never })).rejects.toMatchObject({ category: "USER" });
    });

    test("pages only when page and a numeric perPage are both given", async () => {
      const store = await open(context);
      await save(store, ...Array.from({ length: 5 }, (_, n) => ({ runId: `${n}`, at: n })));
      const all = ["flow/4", "flow/3", "flow/2", "flow/1", "flow/0"];
      for (const input of [
        { perPage: 2 },
        { page: 1 },
        { page: 0, perPage: false },
        { page: 3, perPage: false },
        {},
      ] as const) {
        expect(await listed(store, input), JSON.stringify(input)).toEqual(all);
      }
      expect(await listed(store, { page: 1, perPage: 2 })).toEqual(["flow/2", "flow/1"]);
      expect(await listed(store, { page: 2, perPage: 2 })).toEqual(["flow/0"]);
      expect(await store.listWorkflowRuns({ page: 3, perPage: 2 })).toEqual({ runs: [], total: 5 });
      expect(await store.listWorkflowRuns({ page: 0, perPage: 0 })).toEqual({ runs: [], total: 5 });
      expect(await store.listWorkflowRuns({ page: 1, perPage: 2, includeTotal: false })).toMatchObject({ total: 4 });
    });

    test("bad pages are refused either way", async () => {
      const store = await open(context);
      const bad: [Record<string, unknown>, string][] = [
        [{ page: -1 }, "page must be >= 0"],
        [{ page: 1.5, perPage: 2 }, "page must be >= 0"],
        [{ page: Number.NaN, perPage: 2 }, "page must be >= 0"],
        [{ page: "1", perPage: 2 }, "page must be >= 0"],
        [{ perPage: -1 }, "perPage must be >= 0"],
        [{ page: 0, perPage: 0.5 }, "perPage must be >= 0"],
        [{ page: 0, perPage: "2" }, "perPage must be >= 0"],
        [{ page: Number.MAX_SAFE_INTEGER, perPage: 2 }, "page value too large"],
      ];
      for (const [input, message] of bad) {
        await expect(store.listWorkflowRuns(input), JSON.stringify(input)).rejects.toMatchObject({
          message,
          id: expect.stringMatching(/_LIST_WORKFLOW_RUNS_INVALID_PAGE$/),
          details: { status: 400 },
        });
      }
    });

    fd("FD-040", "pages over equal times give each run once", async () => {
      const store = await open(context);
      const ids = Array.from({ length: 45 }, (_, n) => `r${n % 7}${n}`);
      await Promise.all(ids.map((runId) => save(store, { runId, at: 7 })));
      for (const input of [{}, { status: "running" }, { workflowName: "flow" }] as const) {
        const seen: string[] = [];
        for (let page = 0; ; page++) {
          const { runs, total } = await store.listWorkflowRuns({ ...input, page, perPage: 7 });
          expect(total).toBe(45);
          seen.push(...runs.map(({ runId }) => runId));
          if (runs.length < 7) break;
        }
        expect(seen).toEqual([...ids].sort().reverse());
      }
    });

    test("runs come whole, in copies, with what is absent left out", async () => {
      const store = await open(context);
      const states = [
        snapshot({ context: manySteps(15, 500) }),
        snapshot({ context: { a: success() } }),
        snapshot({ context: { a: largeSuccess(2) }, result: "r".repeat(5000) }),
      ];
      await save(store, ...states.map((state, n) => ({ runId: `${n}`, at: 9 - n, state })));
      for (const input of [{}, { page: 0, perPage: 10 }] as const) {
        const { runs } = await store.listWorkflowRuns(input);
        expect(runs.map((run) => run.snapshot)).toEqual(states);
        expect(runs[1]).toEqual({
          workflowName: "flow",
          runId: "1",
          snapshot: states[1],
          createdAt: new Date(8),
          updatedAt: expect.any(Date),
        });
        for (const run of runs) {
          run.snapshot.context = {};
          run.createdAt.setTime(0);
        }
      }
    });

    test("many large runs are listed whole", async () => {
      const store = await open(context);
      const count = 120;
      await Promise.all(
        Array.from({ length: count }, (_, n) =>
          save(store, { runId: `${1000 + n}`, at: n, state: { status: "waiting", context: manySteps(3, 2000) } }),
        ),
      );
      const { runs, total } = await store.listWorkflowRuns({ status: "waiting" });
      expect(total).toBe(count);
      expect(runs.map(({ runId }) => runId)).toEqual(
        Array.from({ length: count }, (_, n) => `${1000 + count - 1 - n}`),
      );
      for (const run of runs) expect(run.snapshot.context).toEqual(manySteps(3, 2000));
    });

    fd("FD-064", "no stored snapshot can make a list fail", async () => {
      const store = await open(context);
      const hostile = ["\\u0000", "\0", "\ud800", '{"status":', "10.5", "'; --"];
      await save(
        store,
        ...hostile.map((text, n) => ({
          runId: `${n}`,
          state: { status: text as never, value: { [text]: text }, result: text },
        })),
      );
      expect((await store.listWorkflowRuns()).total).toBe(hostile.length);
      for (const status of hostile) expect(await listed(store, { status })).toHaveLength(1);
      expect(await listed(store, { resourceId: "x", status: "\0" })).toEqual([]);
    });
  });

  describe("the thread of a run", () => {
    const input = (threadId: unknown) => ({ messageListState: { memoryInfo: { threadId } } });
    const cases: readonly (readonly [title: string, context: Record<string, unknown>, threadId: string | undefined])[] =
      [
        [
          "the first suspended entry with a stream state",
          { a: success(), b: suspendedIn("b"), c: suspendedIn("c") },
          "b",
        ],
        [
          "it ends the walk though it names none",
          { a: suspendedIn(undefined), b: suspendedIn("b"), input: input("i") },
          undefined,
        ],
        [
          "a suspended entry without a stream state is passed over",
          { a: { status: "suspended", suspendPayload: {} }, b: suspendedIn("b") },
          "b",
        ],
        [
          "so is one that is not suspended",
          { a: { ...suspendedIn("a"), status: "success" }, b: suspendedIn("b") },
          "b",
        ],
        ["otherwise the input names it", { input: input("i"), a: success() }, "i"],
        ["an entry comes before the input, wherever it stands", { input: input("i"), z: suspendedIn("z") }, "z"],
        [
          "array indexes come first in an object",
          { b: suspendedIn("b"), 10: suspendedIn("ten"), 9: suspendedIn("nine") },
          "nine",
        ],
        ["none at all", { input: { messageListState: {} } }, undefined],
        ["only text names a thread", { input: input(5) }, undefined],
        ["awkward text", { input: input("t\0\ud800%") }, "t\0\ud800%"],
      ];
    test.each(cases)("%s", async (_title, entries, threadId) => {
      const store = await open(context);
      for (const pad of [1, 12_000]) {
        await save(store, { runId: `run-${pad}`, state: { context: { ...entries, zzz: success("p".repeat(pad)) } } });
      }
      for (const candidate of ["b", "c", "i", "z", "a", "nine", "ten", "5", "t\0\ud800%"]) {
        expect(await listed(store, { threadId: candidate }), candidate).toHaveLength(candidate === threadId ? 2 : 0);
      }
    });

    test("it follows every kind of change", async () => {
      const store = await open(context);
      const where = { workflowName: "flow", runId: "run" };
      for (const pad of [{}, manySteps(10, 600)]) {
        const threads = async () => {
          const found: string[] = [];
          for (const threadId of ["a", "b", "i"])
            if ((await listed(store, { threadId })).length > 0) found.push(threadId);
          return found;
        };
        await save(store, { runId: "run", state: { context: { input: input("i"), ...pad } } });
        expect(await threads()).toEqual(["i"]);
        await store.updateWorkflowResults({ ...where, stepId: "x", result: suspendedIn("a") });
        expect(await threads()).toEqual(["a"]);
        await store.updateWorkflowResults({ ...where, stepId: "y", result: suspendedIn("b") });
        expect(await threads()).toEqual(["a"]);
        await store.updateWorkflowResults({ ...where, stepId: "x", result: success() });
        expect(await threads()).toEqual(["b"]);
        await store.updateWorkflowResults({ ...where, stepId: "y", result: undefined });
        expect(await threads()).toEqual(["i"]);
        await save(store, { runId: "run", state: { context: { y: suspendedIn("b"), x: suspendedIn("a"), ...pad } } });
        expect(await threads()).toEqual(["b"]);
        await save(store, { runId: "run", state: { context: { x: suspendedIn("a"), ...pad, y: suspendedIn("b") } } });
        expect(await threads()).toEqual(["a"]);
      }
    });

    test("a result that stands before others in an object decides before them", async () => {
      const store = await open(context);
      await save(store, { runId: "run", state: { context: { b: suspendedIn("b") } } });
      await store.updateWorkflowResults({
        workflowName: "flow",
        runId: "run",
        stepId: "9",
        result: suspendedIn("nine"),
      });
      expect(await listed(store, { threadId: "nine" })).toHaveLength(1);
      expect(await listed(store, { threadId: "b" })).toHaveLength(0);
    });

    test.runIf(context.canReopen)("the order of the entries is kept for whoever changes the run next", async () => {
      const storage = await context.open();
      const store = (await storage.getStore("workflows")) as WorkflowsStorage;
      const pad = manySteps(10, 600);
      for (const [n, order] of ["zyx", "xyz", "xzy", "yzx"].entries()) {
        const entries = Object.fromEntries([...order].map((id) => [id, suspendedIn(id)]));
        const where = { workflowName: "flow", runId: `run-${n}` };
        await save(store, { ...where, state: { context: { ...pad } } });
        await save(store, { ...where, state: { context: { ...entries, ...pad } } });
        const other = (await (await context.reopen(storage)).getStore("workflows")) as WorkflowsStorage;
        await other.updateWorkflowResults({ ...where, stepId: "step-3", result: success() });
        for (const id of order) {
          const found = await listed(other, { threadId: id });
          expect(found.includes(`flow/run-${n}`), `${order} ${id}`).toBe(id === order[0]);
        }
      }
    });
  });

  describe("one run by its id", () => {
    test("with a name exactly that one, without the newest", async () => {
      const store = await open(context);
      await save(
        store,
        { runId: "r", at: 1, workflowName: "old" },
        { runId: "r", at: 2, workflowName: "a", state: { context: manySteps(10, 600) } },
        { runId: "r", at: 2, workflowName: "b", state: { value: { b: 1 } } },
        { runId: "q", at: 9 },
      );
      expect(await store.getWorkflowRunById({ runId: "r", workflowName: "a" })).toMatchObject({
        workflowName: "a",
        runId: "r",
      });
      expect(await store.getWorkflowRunById({ runId: "r" })).toMatchObject({
        workflowName: "b",
        snapshot: { value: { b: 1 } },
      });
      await store.deleteWorkflowRunById({ runId: "r", workflowName: "b" });
      const found = await store.getWorkflowRunById({ runId: "r" });
      expect(found).toMatchObject({ workflowName: "a", snapshot: { context: manySteps(10, 600) } });
    });

    fd("FD-053", "an empty or unknown id finds nobody's run", async () => {
      const store = await open(context);
      await save(store, { runId: "r", resourceId: "somebody" });
      for (const runId of ["", undefined, null, "R", "r ", "%", "_", "a\0"]) {
        expect(await store.getWorkflowRunById({ runId: runId as never })).toBeNull();
        expect(await store.getWorkflowRunById({ runId: runId as never, workflowName: "flow" })).toBeNull();
      }
      expect(await store.getWorkflowRunById({ runId: "r", workflowName: "" })).toBeNull();
    });
  });
}
