import { describe, expect, test } from "vitest";
import { literal, textOf } from "./literals.ts";

describe("literals mean the same under every sql_mode", () => {
  test.each([
    ["plain", "'plain'"],
    ["it's", "'it''s'"],
    ["'; DROP TABLE t; --", "'''; DROP TABLE t; --'"],
    ["", "_utf8mb4 x''"],
    ["a\\", "_utf8mb4 x'615c'"],
    ["\\' OR 1=1 --", "_utf8mb4 x'5c27204f5220313d31202d2d'"],
    ["a\0b", "_utf8mb4 x'610062'"],
    ["é😀", "'é😀'"],
    ["é\\", "_utf8mb4 x'c3a95c'"],
    [null, "NULL"],
    [0, "0"],
    [-7, "-7"],
    [2 ** 53, "9007199254740992e0"],
    [0.1, "0.1e0"],
    [1e21, "1e+21"],
    [5e-324, "5e-324"],
    [2n ** 64n - 1n, "18446744073709551615"],
  ])("%s", (value, sql) => {
    expect(literal(value)).toBe(sql);
  });
});

describe("statements with their values", () => {
  test("take them in order", () => {
    expect(textOf({ sql: "SELECT ? + ? LIMIT ?", args: [1, 2, 3] })).toBe("SELECT 1 + 2 LIMIT 3");
  });

  test("what stands in quotes is no parameter", () => {
    const sql = "SELECT `a?``?`, 'b?''?' FROM t WHERE c = ?";
    expect(textOf({ sql, args: ["?"] })).toBe("SELECT `a?``?`, 'b?''?' FROM t WHERE c = '?'");
  });

  test("a value with a mark in it is not filled in again", () => {
    expect(textOf({ sql: "SELECT ?, ?", args: ["?", "$& ?"] })).toBe("SELECT '?', '$& ?'");
  });

  test("one without values stays as it is", () => {
    expect(textOf({ sql: "SELECT '?'", args: [] })).toBe("SELECT '?'");
  });
});
