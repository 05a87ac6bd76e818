import { describe, expect, test } from "vitest";
import type { EngineValue } from "./column.ts";
import { text } from "./column.ts";
import { compareText, compareTuples } from "./compare.ts";
import { checkKeyText, describeKey, encodeTuple, orderedBigint, orderedHex } from "./keys.ts";
import { defineTable } from "./table.ts";

const numbers = [
  -Number.MAX_VALUE,
  -1e9,
  -10,
  -9,
  -1,
  -0.5,
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  0.5,
  1,
  9,
  10,
  1e9,
  Number.MAX_VALUE,
];
const bigints = [
  -(10n ** 40n),
  -(2n ** 64n),
  -100n,
  -99n,
  -10n,
  -9n,
  -1n,
  0n,
  1n,
  9n,
  10n,
  99n,
  100n,
  2n ** 64n,
  10n ** 40n,
];
const texts = ["", "\0", "\0\0", "\u0001", " ", "!", '"', "#", "A", "a", "a\0", "a!", 'a"', "ab", "é", "\uffff", "😀"];

function expectSameOrder(values: readonly EngineValue[][]): void {
  for (const a of values) {
    for (const b of values) {
      const order = Math.sign(a.length === b.length ? compareTuples(a, b) : 0);
      if (a.length !== b.length) continue;
      expect(compareText(encodeTuple(a), encodeTuple(b)), `${a} ${b}`).toBe(order);
    }
  }
}

describe("encodeTuple", () => {
  test("sorts as the tuples do", () => {
    for (const list of [numbers, bigints, texts, [false, true]]) expectSameOrder(list.map((value) => [value]));
    expectSameOrder(texts.flatMap((a) => texts.map((b) => [a, b])));
    expectSameOrder(numbers.flatMap((a) => ["", "a"].map((b) => [a, b])));
  });

  test("gives no two tuples one text", () => {
    const parts: EngineValue[] = [...texts, ...numbers, ...bigints, true, false, null, "0", "1", "n0", "s"];
    const tuples = [[], ...parts.map((part) => [part]), ...parts.flatMap((a) => parts.map((b) => [a, b]))];
    expect(new Set(tuples.map(encodeTuple)).size).toBe(tuples.length);
  });

  test("is printable whatever it holds", () => {
    expect(encodeTuple(["\0\u001f\u007f "])).toBe('s"00"1f\u007f"20!');
  });

  test("takes both zeros for one", () => {
    expect(encodeTuple([-0])).toBe(encodeTuple([0]));
  });
});

describe("ordered numbers", () => {
  test("doubles are 16 digits in their order", () => {
    const encoded = numbers.map(orderedHex);
    expect(encoded.every((digits) => /^[0-9a-f]{16}$/.test(digits))).toBe(true);
    expect([...encoded].sort()).toEqual(encoded);
  });

  test("bigints of any size are in their order", () => {
    const encoded = bigints.map(orderedBigint);
    expect([...encoded].sort()).toEqual(encoded);
  });
});

describe("key texts", () => {
  const table = defineTable("t", { id: text() }, { key: ["id"] });

  test("that no engine could hold are refused with the column and the reason", () => {
    for (const [value, reason] of [
      ["a\0b", "holds U+0000"],
      ["\ud800", "holds a lone surrogate"],
      ["a\udc00", "holds a lone surrogate"],
    ]) {
      expect(() => checkKeyText(table, "id", value as string)).toThrow(
        expect.objectContaining({
          code: "invalid_argument",
          details: expect.objectContaining({ table: "t", column: "id", reason }),
        }),
      );
    }
  });

  test("that are odd but well-formed pass", () => {
    for (const value of ["", "😀", "\u0001", "__proto__", "\ufffe"])
      expect(() => checkKeyText(table, "id", value)).not.toThrow();
  });

  test("are cut in error details", () => {
    expect(describeKey(["short", 5n, null])).toBe("short, 5, null");
    expect(describeKey(["x".repeat(1_000)])).toHaveLength(201);
  });
});
