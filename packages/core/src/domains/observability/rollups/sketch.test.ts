import fc from "fast-check";
import { expect, test } from "vitest";
import { Sketch, sketchError } from "./sketch.ts";

const durations = fc.array(fc.integer({ min: 1, max: 1_000_000_000 }), { minLength: 1, maxLength: 200 });
const shares = fc.double({ min: 0, max: 1, noNaN: true });

const sketchOf = (values: readonly number[]) => {
  const sketch = new Sketch();
  for (const value of values) sketch.add(value);
  return sketch;
};

test("a quantile is as near as it says to the value of that rank", () => {
  fc.assert(
    fc.property(durations, shares, (values, p) => {
      const exact = values.toSorted((a, b) => a - b)[Math.floor(p * (values.length - 1))] as number;
      const found = sketchOf(values).quantile(p) as number;
      expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(sketchError + 1e-9);
    }),
  );
});

test("sketches of parts add up to the sketch of the whole, in any order", () => {
  fc.assert(
    fc.property(durations, durations, (some, others) => {
      const whole = sketchOf([...some, ...others]).toCounts();
      const added = new Sketch(sketchOf(others).toCounts());
      added.addAll(sketchOf(some).toCounts());
      expect(added.toCounts()).toEqual(whole);
    }),
  );
});

test("of nothing there is no quantile", () => {
  expect(new Sketch().quantile(0.5)).toBeNull();
  expect(sketchOf([0]).quantile(1)).toBe(1);
});
