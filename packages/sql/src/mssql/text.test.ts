import { compareText } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { composed, decompose } from "./float.ts";
import { decodeText, encodeText, shorten } from "./text.ts";

const units = ["", "\u0001", "\u0002", "\u0003", " ", "a", "\ud7fe", "\ud7ff", "\ue000", "\uffff", "😀", "\u{10ffff}"];
const texts = [...new Set(units.flatMap((a) => units.flatMap((b) => units.map((c) => a + b + c))))];

/** As SQL Server compares: unit by unit, the shorter one padded with blanks. */
function padded(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const [x, y] = [a.padEnd(length, " "), b.padEnd(length, " ")];
  return x < y ? -1 : x > y ? 1 : 0;
}

test("any text comes back", () => {
  for (const text of texts) expect(decodeText(encodeText(text))).toBe(text);
});

/** Pairs whose encoded forms do not compare as they do themselves. */
const wrong = (compare: (a: string, b: string) => number) => {
  const encoded = texts.map((text) => [text, encodeText(text)] as const);
  return encoded.flatMap(([a, x]) =>
    encoded.filter(([b, y]) => compare(x, y) !== compareText(a, b)).map(([b]) => [a, b]),
  );
};

test("padded and compared unit by unit, encoded texts have the order of code points, and no two are equal", () => {
  expect(wrong(padded)).toEqual([]);
});

test("the order is the same where the database compares code points", () => {
  expect(wrong(compareText)).toEqual([]);
});

test("what is too long is cut to the width, well-formed, and told apart by its digest", () => {
  const digest = (text: string) => String(text.length).padStart(43, "0");
  for (const text of ["x".repeat(300), "😀".repeat(300), "\ud7ff".repeat(300)]) {
    const { short, long } = shorten(encodeText(text), 200, digest);
    expect(short.length).toBeLessThanOrEqual(200);
    expect(short.isWellFormed()).toBe(true);
    expect(decodeText(long as string)).toBe(text);
  }
  expect(shorten(encodeText("x".repeat(199)), 200, digest)).toEqual({ short: encodeText("x".repeat(199)), long: null });
});

test("floats are put together again from two whole numbers, each step exact", () => {
  const floats = [0, 1, -1, 0.1, 1 / 3, 2 ** 53, 1e308, Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE];
  for (let n = 0; n < 2000; n++) floats.push((Math.random() - 0.5) * 2 ** (Math.floor(Math.random() * 2000) - 1000));
  const power = (exponent: number) => 2 ** exponent;
  for (const value of floats) {
    const { mantissa, exponent } = decompose(value);
    const half = Math.trunc(exponent / 2);
    expect(mantissa * power(half) * power(exponent - half)).toBe(value);
  }
  expect(composed("m", "e")).toBe(
    "CAST(m AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), e / 2) * POWER(CAST(2 AS FLOAT(53)), e - e / 2)",
  );
});
