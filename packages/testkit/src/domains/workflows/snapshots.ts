import type { WorkflowRunState } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { awkwardTexts } from "../../awkward.ts";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { key, largeSuccess, manySteps, open, snapshot, success } from "./runs.ts";

export function snapshotsSuite(context: DomainContext): void {
  describe("persist and load", () => {
    test("what is persisted comes back, small and large", async () => {
      const store = await open(context);
      const runs = [
        snapshot(),
        snapshot({ context: {} }),
        snapshot({ context: { a: largeSuccess(1), b: 5, c: null, d: [], e: "text", f: [success()] } }),
        snapshot({ serializedStepGraph: ["x".repeat(5000)], result: "y".repeat(5000), context: manySteps(30, 300) }),
        snapshot({ error: { name: "E", message: "m" }, requestContext: { user: "u" }, tripwire: { reason: "r" } }),
      ];
      for (const [index, state] of runs.entries()) {
        const where = { workflowName: "flow", runId: `run-${index}` };
        expect(await store.persistWorkflowSnapshot({ ...where, snapshot: state })).toBeUndefined();
        expect(await store.loadWorkflowSnapshot(where)).toEqual(state);
      }
    });

    test("nothing is required of a snapshot, nothing is added, and unknown members are kept", async () => {
      const store = await open(context);
      const states = [
        { context: {} },
        { status: "of a later release", context: {}, extra: { deep: [1, { a: null }] } },
        { value: { currentState: 1 }, context: { stepResults: {}, attempts: {}, triggerData: {} }, activePaths: [{}] },
        {},
        { context: null },
        { context: [1, 2] },
        { context: "text" },
      ] as unknown as WorkflowRunState[];
      for (const state of states) {
        await store.persistWorkflowSnapshot({ ...key, snapshot: state });
        expect(await store.loadWorkflowSnapshot(key)).toEqual(state);
      }
    });

    test("a missing run is null", async () => {
      const store = await open(context);
      expect(await store.loadWorkflowSnapshot(key)).toBeNull();
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot() });
      for (const other of ["", "run2", "ru", "RUN", "a\0b", "\ud800"]) {
        expect(await store.loadWorkflowSnapshot({ ...key, runId: other })).toBeNull();
        expect(await store.loadWorkflowSnapshot({ ...key, workflowName: other })).toBeNull();
      }
    });

    test("both parts of the key are compared separately", async () => {
      const store = await open(context);
      const pairs = [
        ["a-b", "c"],
        ["a", "b-c"],
        ["a/b", "c"],
        ["a", "b/c"],
        ["a:b", "c"],
        ["a", "b:c"],
      ] as const;
      for (const [workflowName, runId] of pairs) {
        await store.persistWorkflowSnapshot({
          workflowName,
          runId,
          snapshot: snapshot({ value: { workflowName, runId }, context: { s: largeSuccess(runId) } }),
        });
      }
      for (const [workflowName, runId] of pairs) {
        const found = await store.loadWorkflowSnapshot({ workflowName, runId });
        expect(found).toMatchObject({ value: { workflowName, runId }, context: { s: { output: { mark: runId } } } });
      }
      expect((await store.listWorkflowRuns()).total).toBe(pairs.length);
    });

    test("the whole snapshot is replaced, whatever its size before and after", async () => {
      const store = await open(context);
      const states = [
        snapshot({ context: manySteps(20, 500), result: "r".repeat(5000) }),
        snapshot({ context: { only: success() } }),
        snapshot({ context: { ...manySteps(25, 400), "step-3": success("changed") } }),
        snapshot({ context: { ...manySteps(5, 2000) }, serializedStepGraph: ["g".repeat(5000)] }),
        snapshot({ context: {} }),
        { context: manySteps(3, 3000) } as unknown as WorkflowRunState,
      ];
      for (const state of states) {
        await store.persistWorkflowSnapshot({ ...key, snapshot: state });
        expect(await store.loadWorkflowSnapshot(key)).toEqual(state);
      }
    });

    test("persisting again keeps createdAt and the owner, and moves updatedAt", async () => {
      const store = await open(context);
      const [first, second] = [new Date(5000), new Date(6000)];
      await store.persistWorkflowSnapshot({
        ...key,
        snapshot: snapshot(),
        resourceId: "me",
        createdAt: first,
        updatedAt: first,
      });
      expect(await store.getWorkflowRunById(key)).toMatchObject({
        resourceId: "me",
        createdAt: first,
        updatedAt: first,
      });
      const next = { ...key, snapshot: snapshot({ status: "success" }) };
      await store.persistWorkflowSnapshot({ ...next, createdAt: new Date(1), updatedAt: second });
      expect(await store.getWorkflowRunById(key)).toMatchObject({
        resourceId: "me",
        createdAt: first,
        updatedAt: second,
      });
      await store.persistWorkflowSnapshot({ ...next, resourceId: null, updatedAt: first });
      expect(await store.getWorkflowRunById(key)).toMatchObject({ resourceId: "me", updatedAt: first });
      await store.persistWorkflowSnapshot({ ...next, resourceId: "you" });
      expect(await store.getWorkflowRunById(key)).toMatchObject({ resourceId: "you", createdAt: first });
    });

    test("times default to now and may be given as text or milliseconds", async () => {
      const store = await open(context);
      await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot() });
      const now = context.clock ? new Date(context.clock.now()) : expect.any(Date);
      expect(await store.getWorkflowRunById(key)).toMatchObject({ createdAt: now, updatedAt: now });
      const other = { ...key, runId: "dated" };
      await store.persistWorkflowSnapshot({
        ...other,
        snapshot: snapshot(),
        createdAt: "2026-01-02T03:04:05.678Z",
        updatedAt: 9,
      });
      const found = await store.getWorkflowRunById(other);
      expect(found).toMatchObject({ createdAt: new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), updatedAt: new Date(9) });
    });

    test("bad arguments are refused as the caller's, and nothing is written", async () => {
      const store = await open(context);
      const bad: [string, Record<string, unknown>][] = [
        ["workflowName", { workflowName: "" }],
        ["runId", { runId: undefined }],
        ["runId", { runId: { $ne: "" } }],
        ["workflowName", { workflowName: ["flow"] }],
        ["resourceId", { resourceId: 5 }],
        ["createdAt", { createdAt: "yesterday" }],
        ["updatedAt", { updatedAt: new Date(Number.NaN) }],
        ["snapshot", { snapshot: undefined }],
        ["snapshot", { snapshot: [] }],
        ["run_id", { runId: "a\0b" }],
        ["workflow_name", { workflowName: "a\ud800" }],
        ["resourceId", { resourceId: "a\0b" }],
      ];
      for (const [name, change] of bad) {
        const call = store.persistWorkflowSnapshot({ ...key, snapshot: snapshot(), ...change } as never);
        await expect(call, name).rejects.toMatchObject({
          category: "USER",
          domain: "STORAGE",
          message: expect.stringContaining(name),
          details: { status: 400, domain: "workflows", operation: "persistWorkflowSnapshot" },
        });
        await expect(call).rejects.toMatchObject({
          id: expect.stringMatching(/_PERSIST_WORKFLOW_SNAPSHOT_INVALID_INPUT$/),
        });
      }
      expect((await store.listWorkflowRuns()).total).toBe(0);
    });

    fd("FD-075", "any string is a step id and a member name", async () => {
      const store = await open(context);
      const names = [
        ...new Set(["", "__proto__", "constructor", "a.b", "$set", "%0000", "\u001a", "\u001a0000", ...awkwardTexts]),
      ];
      for (const [index, size] of [1, 400].entries()) {
        const entries: Record<string, unknown> = {};
        for (const [n, name] of names.entries()) {
          const value = success({ n, name, text: "x".repeat(size) });
          Object.defineProperty(entries, name, { value, enumerable: true, writable: true, configurable: true });
        }
        const where = { workflowName: "flow", runId: `awkward-${index}` };
        const state = snapshot({ context: entries, requestContext: entries });
        await store.persistWorkflowSnapshot({ ...where, snapshot: state });
        const found = await store.loadWorkflowSnapshot(where);
        expect(new Set(Object.keys(found?.context ?? {}))).toEqual(new Set(names));
        expect(JSON.parse(JSON.stringify(found))).toEqual(JSON.parse(JSON.stringify(state)));
        for (const [n, name] of names.entries()) {
          expect(Object.getOwnPropertyDescriptor(found?.context, name)?.value).toMatchObject({ output: { n, name } });
        }
        expect(Object.getPrototypeOf(found?.context)).toBe(Object.prototype);
      }
    });

    fd("FD-063", "any text comes back as it was", async () => {
      const store = await open(context);
      const state = snapshot({
        value: { texts: awkwardTexts },
        context: { input: awkwardTexts, big: success(awkwardTexts.join("\u2028")) },
        result: awkwardTexts.join("|"),
        status: "a\0b\ud800" as never,
      });
      await store.persistWorkflowSnapshot({ ...key, snapshot: state });
      expect(await store.loadWorkflowSnapshot(key)).toEqual(state);
      expect((await store.listWorkflowRuns({ status: "a\0b\ud800" })).total).toBe(1);
    });

    fd("FD-074", "empty lists, empty objects, null and absent stay apart", async () => {
      const store = await open(context);
      const entry = {
        status: "success",
        output: [],
        a: {},
        b: null,
        c: [[], {}, null],
        d: "null",
        e: "[]",
        f: 0,
        g: "",
      };
      const state = snapshot({
        context: { entry, pad: largeSuccess(1), none: null, list: [], object: {}, text: "{}" },
      });
      await store.persistWorkflowSnapshot({ ...key, snapshot: state });
      expect(await store.loadWorkflowSnapshot(key)).toEqual(state);
    });

    test("values that JSON lacks are converted and never refused", async () => {
      const store = await open(context);
      const loop: Record<string, unknown> = { name: "loop" };
      loop.self = loop;
      class Money {
        readonly amount = 5;
        toJSON() {
          return `${this.amount} EUR`;
        }
      }
      const hostile = {
        toJSON() {
          throw new Error("no");
        },
      };
      const at = new Date(Date.UTC(2026, 0, 1));
      const entry = {
        at,
        never: new Date(Number.NaN),
        big: 2n ** 70n,
        nan: Number.NaN,
        none: undefined,
        call: () => 1,
        list: [undefined, () => 1],
        loop,
        money: new Money(),
        url: new URL("https://example.com/a"),
        hostile,
        error: new TypeError("broken"),
      };
      const state = snapshot({ context: { entry, pad: largeSuccess(1) }, value: { at } });
      await store.persistWorkflowSnapshot({ ...key, snapshot: state });
      const found = await store.loadWorkflowSnapshot(key);
      expect(found?.value).toEqual({ at: at.toISOString() });
      expect(found?.context.entry).toEqual({
        at: at.toISOString(),
        never: null,
        big: String(2n ** 70n),
        nan: null,
        list: [null, null],
        loop: { name: "loop", self: "[Circular]" },
        money: "5 EUR",
        url: "https://example.com/a",
        hostile: null,
        error: expect.objectContaining({ name: "TypeError", message: "broken" }),
      });
    });

    test("a reference back to the snapshot is a cycle, wherever the entry is kept", async () => {
      const store = await open(context);
      const state = snapshot({ context: { pad: largeSuccess(1) } });
      state.context.up = { root: state, siblings: state.context };
      await store.persistWorkflowSnapshot({ ...key, snapshot: state });
      expect((await store.loadWorkflowSnapshot(key))?.context.up).toEqual({
        root: "[Circular]",
        siblings: "[Circular]",
      });
    });

    test("a snapshot with a toJSON, a getter or no prototype is what it says", async () => {
      const store = await open(context);
      const plain = snapshot({ context: { a: success() } });
      const given = [
        { toJSON: () => plain },
        { ...plain, context: { toJSON: () => plain.context } },
        {
          ...plain,
          get context() {
            return plain.context;
          },
        },
        Object.assign(Object.create(null), plain),
        JSON.stringify(plain),
      ];
      for (const state of given) {
        await store.persistWorkflowSnapshot({ ...key, snapshot: state as WorkflowRunState });
        expect(await store.loadWorkflowSnapshot(key)).toEqual(plain);
      }
    });

    test("nothing is shared with the store", async () => {
      const store = await open(context);
      const state = snapshot({ context: { a: success({ list: [1] }), b: largeSuccess(1) }, value: { x: { y: 1 } } });
      const copy = structuredClone(state);
      const saving = store.persistWorkflowSnapshot({ ...key, snapshot: state });
      state.context.a.output.list.push(2);
      state.value.x = 5;
      delete state.context.b;
      await saving;
      for (let turn = 0; turn < 3; turn++) {
        const found = await store.loadWorkflowSnapshot(key);
        expect(found).toEqual(copy);
        if (!found) continue;
        found.context.a.output.list.push(3);
        found.context.b.output.mark = "changed";
        found.value.x = "changed";
      }
    });

    test("deep values are kept", async () => {
      const store = await open(context);
      let deep: unknown = "bottom";
      for (let level = 0; level < 2000; level++) deep = level % 2 ? [deep] : { deep };
      const state = snapshot({ context: { deep: { status: "success", output: deep } } });
      await store.persistWorkflowSnapshot({ ...key, snapshot: state });
      for (let turn = 0; turn < 3; turn++) {
        const found = await store.loadWorkflowSnapshot(key);
        expect(JSON.stringify(found?.context)).toBe(JSON.stringify(state.context));
      }
    });

    fd("FD-032", "one row for a run, however often it is persisted", async () => {
      const store = await open(context);
      for (let step = 0; step < 12; step++) {
        await store.persistWorkflowSnapshot({ ...key, snapshot: snapshot({ context: manySteps(step + 1, 600) }) });
      }
      const { runs, total } = await store.listWorkflowRuns();
      expect(total).toBe(1);
      expect(runs[0]?.snapshot.context).toEqual(manySteps(12, 600));
    });
  });
}
