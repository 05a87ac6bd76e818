import { compareText, compareValues, orderedBigint } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { parseOrderedBigint } from "./bigint.ts";
import { escapeText, unescapeText } from "./text.ts";

const awkward = ["", "\0", "a\0b", "\ud800", "\udc00\ud800", "\u001a", '\u001a"x"', "\u001anot json", "\ufffd", "é😀"];

/** Texts of the characters that make trouble, up to three long. */
const units = ["", "a", "\0", "\u001a", '"', "\\", "\ud83d", "\ude00", "\uffff"];
const texts = units.flatMap((a) => units.flatMap((b) => units.map((c) => a + b + c)));

test("any text comes back from its escaped form, which every database keeps", () => {
  for (const text of [...awkward, ...texts]) {
    const stored = escapeText(text);
    expect(unescapeText(stored)).toBe(text);
    expect(stored.isWellFormed() && !stored.includes("\0")).toBe(true);
  }
});

test("different texts have different escaped forms", () => {
  const distinct = new Set(texts);
  expect(new Set([...distinct].map(escapeText)).size).toBe(distinct.size);
});

test("bigints of keys come back, and their texts sort as they do", () => {
  const sizes = [0n, 1n, 9n, 10n, 11n, 99n, 100n, 2n ** 53n, 2n ** 64n, 10n ** 40n];
  const values = sizes.flatMap((size) => [size, -size, size + 1n, 1n - size]);
  for (const a of values) {
    expect(parseOrderedBigint(orderedBigint(a))).toBe(a);
    for (const b of values) expect(compareText(orderedBigint(a), orderedBigint(b))).toBe(compareValues(a, b));
  }
});
