import { expect, test } from "vitest";
import { bucketsOf, rangeNames, startOf } from "./time-range.ts";

const now = Date.parse("2026-01-15T12:34:56.789Z");

test("a range begins at a whole minute", () => {
  expect(startOf("1h", now)).toBe("2026-01-15T11:34:00.000Z");
  expect(startOf("all", now)).toBeUndefined();
});

test("buckets cover the range, and no chart has more than a few hundred", () => {
  expect(bucketsOf("all", now)).toBeUndefined();
  for (const range of rangeNames.filter((name) => name !== "all")) {
    const { from, to, length } = bucketsOf(range, now) as NonNullable<ReturnType<typeof bucketsOf>>;
    expect(to).toBeGreaterThan(now);
    expect(from).toBeLessThanOrEqual(Date.parse(startOf(range, now) as string));
    expect((to - from) / length).toBeLessThan(200);
    expect([from % length, to % length]).toEqual([0, 0]);
  }
});
