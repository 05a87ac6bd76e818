import { expect, test } from "vitest";
import { nestedWorkflowsIn, stepGraphOf } from "./step-graph.ts";
import { timelineOf } from "./steps.ts";

const step = (id: string, more: object = {}) => ({ type: "step", step: { id, ...more } });
const graph = [
  step("check"),
  { type: "parallel", steps: [step("mail"), step("print")] },
  {
    type: "conditional",
    steps: [step("pay"), step("refuse", { component: "WORKFLOW" })],
    serializedConditions: [{ id: "c1", fn: "({ inputData }) =>\n  inputData.ok" }, { id: "c2" }],
  },
  { type: "foreach", step: { id: "ship" }, opts: { concurrency: 2 } },
  { type: "loop", step: { id: "ask" }, loopType: "dountil", serializedCondition: { id: "answered" } },
  { type: "sleep", id: "rest", duration: 5000 },
];

const snapshot = {
  context: {
    check: { status: "success", startedAt: 1000, endedAt: 1500 },
    ship: { status: "running", startedAt: 2000, payload: [1, 2, 3], output: ["a", null, null] },
  },
  serializedStepGraph: graph,
};

test("a graph forks and joins, with conditions at its lines", () => {
  const { edges, nodes } = stepGraphOf(graph, []);
  const told = edges.map(({ from, to, label }) =>
    `${from} > ${to}${label ? `: ${label}` : ""}`.replaceAll("\u0000", "*"),
  );
  expect(told).toEqual([
    "*start > check",
    "check > mail",
    "check > print",
    "mail > pay: when ({ inputData }) => inputData.ok",
    "print > pay: when ({ inputData }) => inputData.ok",
    "mail > refuse: when c2",
    "print > refuse: when c2",
    "pay > ship",
    "refuse > ship",
    "ship > ask",
    "ask > rest",
    "rest > *end",
  ]);
  expect(nodes.find(({ id }) => id === "rest")?.notes).toContain("sleeps 5.00 s");
  expect(nodes.find(({ id }) => id === "ask")?.notes?.[0]).toBe("again until answered");
});

test("boxes say how their steps went", () => {
  const { nodes } = stepGraphOf(graph, timelineOf(snapshot as never));
  const notesOf = (wanted: string) => nodes.find(({ id }) => id === wanted)?.notes;
  expect(notesOf("check")).toEqual(["success, 500 ms"]);
  expect(notesOf("ship")).toEqual(["for each item, 2 at once", "running", "1 of 3 items"]);
  expect(notesOf("refuse")).toEqual(["workflow", "not begun"]);
});

test("steps that are workflows are found wherever they stand; what is no graph has no boxes but its ends", () => {
  expect([...nestedWorkflowsIn(graph)]).toEqual(["refuse"]);
  for (const none of [undefined, [], "x", [{ type: "parallel", steps: [] }]]) {
    expect(stepGraphOf(none, []).edges).toHaveLength(1);
    expect([...nestedWorkflowsIn(none)]).toEqual([]);
  }
});
