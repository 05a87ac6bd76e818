import { describe, expect, test } from "vitest";
import { compareText, compareTuples, compareValues } from "./compare.ts";

const texts = [
  "",
  "\0",
  "\u0001",
  " ",
  "!",
  "0",
  "A",
  "a",
  "a\0",
  "aa",
  "b",
  "é",
  "\ud7ff",
  "\ue000",
  "\ufffd",
  "\uffff",
  "😀",
  "😀a",
  "\u{10ffff}",
];
const sign = (number: number) => Math.sign(number);

describe("compareText", () => {
  test("orders as the bytes of UTF-8 do, which JavaScript's own order does not", () => {
    for (const a of texts) {
      for (const b of texts) {
        expect(sign(compareText(a, b)), JSON.stringify([a, b])).toBe(
          sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      }
    }
    expect("\uffff" < "😀").toBe(false);
    expect(compareText("\uffff", "😀")).toBe(-1);
  });

  test("is a total order over lone surrogates too", () => {
    const all = [...texts, "\ud800", "\udfff", "\ud800a", "\udc00\ud800", "a\ud800", "\ud83d"];
    const ordered = [...all].sort(compareText);
    for (const [index, a] of ordered.entries()) {
      for (const [other, b] of ordered.entries()) expect(sign(compareText(a, b))).toBe(sign(index - other));
    }
  });
});

describe("compareValues", () => {
  test("puts null before everything and false before true", () => {
    for (const value of ["", -Infinity, 0n, false])
      expect([compareValues(null, value), compareValues(value, null)]).toEqual([-1, 1]);
    expect(compareValues(null, null)).toBe(0);
    expect(compareValues(false, true)).toBe(-1);
  });

  test("orders numbers and bigints as numbers, and takes both zeros for one", () => {
    expect([10, 9, -1, 0.5].sort(compareValues)).toEqual([-1, 0.5, 9, 10]);
    expect([10n, 9n, -(2n ** 70n), 2n ** 70n].sort(compareValues)).toEqual([-(2n ** 70n), 9n, 10n, 2n ** 70n]);
    expect(compareValues(-0, 0)).toBe(0);
  });
});

describe("compareTuples", () => {
  test("decides at the first part that differs", () => {
    expect(compareTuples(["a", 2], ["a", 10])).toBe(-1);
    expect(compareTuples(["b", 0], ["a", 10])).toBe(1);
  });

  test("takes a prefix for equal, as bounds need", () => {
    expect(compareTuples(["a"], ["a", 10])).toBe(0);
    expect(compareTuples([], ["a"])).toBe(0);
  });
});
