import { expect, test } from "vitest";
import { distributionOf, passRate } from "./statistics.ts";

test("a distribution has every value once, bounds included", () => {
  const bins = distributionOf([0, 0.05, 0.5, 1]);
  expect(bins).toHaveLength(10);
  expect(bins.map(({ count }) => count)).toEqual([2, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  expect(bins[0]?.label).toBe("0 – 0.1");
  expect(distributionOf([-5, 5]).map(({ count }) => count)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(distributionOf([7, 7]).reduce((sum, { count }) => sum + count, 0)).toBe(2);
  expect(distributionOf([])).toEqual([]);
});

test("a pass rate goes by the mark", () => {
  expect(passRate([0.2, 0.5, 0.9], 0.5)).toBeCloseTo(2 / 3);
  expect(passRate([], 0.5)).toBeUndefined();
});
