import { describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";

describe("the clock", () => {
  test("FD-144: sequences come from its one time and grow at every call, also when that stands still or goes back", () => {
    let time = 1_700_000_000_000;
    const clock = systemClock(() => time);
    const first = clock.sequence();
    expect(first).toBe(time * 1_000);
    expect([clock.sequence(), clock.sequence()]).toEqual([first + 1, first + 2]);
    time -= 60_000;
    expect(clock.sequence()).toBe(first + 3);
    time += 120_000;
    expect(clock.sequence()).toBe(time * 1_000);
  });

  test("sequences are greater than any number that it meets, and stay safe integers", () => {
    const clock = systemClock(() => 1_700_000_000_000);
    const met = 1_800_000_000_000_000;
    expect(clock.sequence(met)).toBe(met + 1);
    expect(clock.sequence()).toBe(met + 2);
    expect(Number.isSafeInteger(systemClock(() => Date.UTC(2200, 0, 1)).sequence())).toBe(true);
  });

  test("ids are UUIDs of version 7 and sort in the order in which they were made", () => {
    let time = 1_700_000_000_000;
    const clock = systemClock(() => time);
    const ids = Array.from({ length: 20_000 }, (_, index) => {
      if (index % 9_000 === 0) time += index === 9_000 ? -5 : 1;
      return clock.id();
    });
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
