import { expect, test } from "vitest";
import { distributionOf, mean, passRate, quantile, trendOf } from "./statistics.ts";

test("a distribution has every value once, bounds included", () => {
  const bins = distributionOf([0, 0.05, 0.5, 1]);
  expect(bins).toHaveLength(10);
  expect(bins.map(({ count }) => count)).toEqual([2, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  expect(bins[0]?.label).toBe("0 – 0.1");
  expect(distributionOf([-5, 5]).map(({ count }) => count)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(distributionOf([7, 7]).reduce((sum, { count }) => sum + count, 0)).toBe(2);
  expect(distributionOf([])).toEqual([]);
});

test("ranks lie between their neighbours", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([1], 0.9)).toBe(1);
  expect(quantile([], 0.5)).toBeUndefined();
  expect(mean([1, 2])).toBe(1.5);
  expect(mean([])).toBeUndefined();
});

test("a trend goes by day, a pass rate by the mark", () => {
  const scores = [
    { at: "2026-01-02T10:00:00Z", score: 1 },
    { at: "2026-01-01T10:00:00Z", score: 0 },
    { at: "2026-01-01T11:00:00Z", score: 1 },
  ];
  expect(trendOf(scores)).toEqual([
    { day: "2026-01-01", p10: 0.1, p50: 0.5, p90: 0.9 },
    { day: "2026-01-02", p10: 1, p50: 1, p90: 1 },
  ]);
  expect(passRate([0.2, 0.5, 0.9], 0.5)).toBeCloseTo(2 / 3);
  expect(passRate([], 0.5)).toBeUndefined();
});
