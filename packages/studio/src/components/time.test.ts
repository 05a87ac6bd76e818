import { expect, test } from "vitest";
import { ago, duration } from "./time.tsx";

test.each([
  [0.25, "250 µs"],
  [1.5, "1.5 ms"],
  [736.4, "736 ms"],
  [1234, "1.23 s"],
  [61_000, "1 min 1 s"],
  [3_660_000, "1 h 1 min"],
  [90_000_000, "1 d 1 h"],
  [undefined, "–"],
])("%s milliseconds read %s", (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

test.each([
  [-5000, /^5 sec/],
  [-120_000, /^2 min/],
  [-3 * 86_400_000, /^3 days/],
  [-400 * 86_400_000, /year/],
])("%s milliseconds from now", (offset, text) => expect(ago(new Date(1e12 + offset), 1e12)).toMatch(text));
