import { expect, test } from "vitest";
import type { Result } from "../../api/experiments.ts";
import { compare, shownDelta } from "./comparison.ts";

const result = (itemId: string, scores: Record<string, number>, more: Partial<Result> = {}): Result =>
  ({
    itemId,
    input: itemId,
    groundTruth: null,
    attempt: 0,
    error: null,
    scores: Object.entries(scores).map(([scorerId, score]) => ({
      scorerId,
      scorerName: scorerId,
      score,
      reason: null,
    })),
    ...more,
  }) as Result;

test("scores are held against the baseline's, item by item", () => {
  const { items, scorers, counts } = compare(
    [
      { id: "a", results: [result("1", { x: 0.5 }), result("2", { x: 1, y: 1 }), result("3", { x: 0.1 + 0.2 })] },
      { id: "b", results: [result("1", { x: 0.75 }), result("2", { x: 0, y: 1 }), result("3", { x: 0.3 })] },
    ],
    "a",
  );
  expect(scorers).toEqual(["x", "y"]);
  expect(counts).toEqual({
    b: { x: { improved: 1, worse: 1, equal: 1 }, y: { improved: 0, worse: 0, equal: 1 } },
  });
  expect(items.map(({ itemId, isRegression }) => [itemId, isRegression])).toEqual([
    ["1", false],
    ["2", true],
    ["3", false],
  ]);
  expect(items[0]?.cells.b?.scores.x).toMatchObject({ delta: 0.25, verdict: "improved" });
  expect(items[0]?.cells.a?.scores.x?.delta).toBeUndefined();
});

test("repeated trials are their mean with its spread, and the last attempt is shown", () => {
  const scores = [0, 1].map((score) => ({ scorerId: "x", scorerName: "x", score, reason: null }));
  const results = [
    result("1", {}, { attempt: 1, output: "second", scores }),
    result("1", {}, { output: "first", scores }),
  ];
  const { items } = compare([{ id: "a", results }], "a");
  expect(items[0]?.cells.a).toMatchObject({ attempts: 2, result: { output: "second" }, scores: { x: { mean: 0.5 } } });
  expect(items[0]?.cells.a?.scores.x?.spread).toBeCloseTo(Math.SQRT1_2);
});

test("what one run lacks is no regression, a new failure is", () => {
  const failed = { error: { message: "no" } };
  const { items } = compare(
    [
      { id: "a", results: [result("1", {}), result("2", {})] },
      { id: "b", results: [result("1", {}, failed), result("3", { x: 0 })] },
    ],
    "a",
  );
  expect(items.map(({ itemId, isRegression }) => [itemId, isRegression])).toEqual([
    ["1", true],
    ["2", false],
    ["3", false],
  ]);
});

test("differences carry their sign", () => {
  expect([0.25, -0.5, 0].map(shownDelta)).toEqual(["+0.25", "−0.5", "0"]);
});
