import { compareText, compareTuples, type EngineValue } from "@stowage/core/engine";
import { keyText } from "@stowage/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { beyond, encodePart, encodeParts, reversed, unreversed } from "./places.ts";

const tuple = fc.tuple(keyText(), fc.double({ noNaN: true }), fc.bigInt(), fc.boolean(), keyText());
const sign = (order: number) => Math.sign(order);

test("the order of encoded tuples is the order of the tuples", () => {
  fc.assert(
    fc.property(tuple, tuple, (a, b) => {
      const [x, y] = [a, b].map((values) => values.map((value) => (value === 0 ? 0 : value)) as EngineValue[]);
      expect(sign(compareText(encodeParts(x as EngineValue[]), encodeParts(y as EngineValue[])))).toBe(
        sign(compareTuples(x as EngineValue[], y as EngineValue[])),
      );
    }),
  );
});

test("turned round, the order is the opposite, and the place comes back", () => {
  fc.assert(
    fc.property(tuple, tuple, (a, b) => {
      const [x, y] = [encodeParts(a), encodeParts(b)] as [string, string];
      expect(sign(compareText(reversed(x), reversed(y)))).toBe(sign(compareText(y, x)));
      expect(unreversed(reversed(x))).toBe(x);
    }),
  );
});

test("what begins with some parts lies below what is beyond them", () => {
  fc.assert(
    fc.property(keyText(), keyText(), (a, b) => {
      expect(compareText(encodeParts([a, b]), beyond(encodePart(a)))).toBe(-1);
      if (compareText(b, a) > 0) expect(compareText(beyond(encodePart(a)), encodePart(b))).toBe(-1);
    }),
  );
});

test("a long part keeps to its bytes and its beginning, and is told apart", () => {
  for (const filler of ["k", "ä", "😀", " "]) {
    const parts = ["a", "b"].map((end) => encodePart(filler.repeat(1_000) + end, 200));
    expect(new Set(parts).size).toBe(2);
    for (const part of parts) {
      expect(new TextEncoder().encode(part).length).toBeLessThanOrEqual(200);
      expect(part.isWellFormed()).toBe(true);
      expect(part.slice(0, 50)).toBe(encodePart(filler.repeat(1_000)).slice(0, 50));
    }
  }
  expect(encodePart("short", 200)).toBe(encodePart("short"));
});

test("a text that is not well-formed is no other text", () => {
  const parts = ["\ud800", "\udfff", "\ufffd", "\\ud800", '"d800', "d800"].map((text) => encodePart(text));
  expect(new Set(parts).size).toBe(parts.length);
  expect(parts.every((part) => part.isWellFormed())).toBe(true);
});
