import { expect, test } from "vitest";
import type { Snapshot } from "../../api/workflows.ts";
import { resumeCall, stepIdsIn, timelineOf, waitingOf } from "./steps.ts";

const snapshot: Snapshot = {
  status: "suspended",
  context: {
    input: { a: 1 },
    __state: {},
    second: {
      status: "suspended",
      startedAt: 20,
      suspendedAt: 30,
      suspendPayload: { question: "?", __workflow_meta: { path: ["inner"] } },
    },
    first: { status: "success", startedAt: 10, endedAt: 15 },
    odd: "kept, but no step",
  },
  serializedStepGraph: [
    { type: "step", step: { id: "first" } },
    {
      type: "parallel",
      steps: [
        { type: "step", step: { id: "second" } },
        { type: "step", step: { id: "third" } },
      ],
    },
    { type: "sleep", id: "nap", duration: 5 },
  ],
  suspendedPaths: { second: [1, 0] },
  resumeLabels: { ok: { stepId: "second" } },
};

test("steps stand in the order of their start, those ahead after them", () => {
  expect(timelineOf(snapshot).map(({ id, status }) => [id, status])).toEqual([
    ["first", "success"],
    ["second", "suspended"],
    ["third", "not begun"],
    ["nap", "not begun"],
  ]);
  expect(timelineOf({})).toEqual([]);
});

test("a loop's passes are one step", () => {
  const passes = [
    { status: "success", startedAt: 1, endedAt: 2 },
    { status: "success", startedAt: 3, endedAt: 4 },
  ];
  expect(timelineOf({ context: { loop: passes } })).toMatchObject([{ id: "loop", start: 1, end: 4, attempts: 2 }]);
});

test("graphs of any depth", () => {
  expect(stepIdsIn([{ type: "conditional", steps: [{ type: "loop", step: { id: "x" } }] }])).toEqual(["x"]);
});

test("what a run waits for, and the call that goes on", () => {
  const [waiting] = waitingOf(snapshot);
  expect(waiting).toEqual({ path: ["second", "inner"], payload: { question: "?" }, since: 30, labels: ["ok"] });
  if (!waiting) return;
  expect(resumeCall("w", "r", waiting)).toContain('run.resume({ label: "ok", resumeData: {} })');
  expect(resumeCall("w", "r", { ...waiting, labels: [] })).toContain('step: ["second","inner"]');
  expect(waitingOf({})).toEqual([]);
});
