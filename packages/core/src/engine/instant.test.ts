import { expect, test } from "vitest";
import { isoText } from "./instant.ts";

test("an instant is written as a date writes it", () => {
  const times = [0, -1, 1, 999, -62_135_596_800_001, 8.64e15, -8.64e15, 253_402_300_800_000, 1_790_000_000_123];
  for (let at = 0; at < 500; at++) times.push(1_790_000_000_000 + at * 7_654_321, -at * 987_654_321_987);
  for (const time of times) expect(isoText(time)).toBe(new Date(time).toISOString());
});

test("what no date has is refused, and spoils nothing", () => {
  expect(() => isoText(8.64e15 + 1)).toThrow(RangeError);
  expect(isoText(8.64e15)).toBe(new Date(8.64e15).toISOString());
});
