import { describe, expect, test } from "vitest";
import { float, integer, json, text } from "./column.ts";
import { compileFilter } from "./evaluate.ts";
import { allOf, anyOf, type Filter, filterColumns } from "./filter.ts";
import { defineTable } from "./table.ts";

const table = defineTable(
  "t",
  { id: text(), note: text().nullable(), n: integer().nullable(), ratio: float().nullable(), data: json().nullable() },
  { key: ["id"] },
);
const passes = (filter: Filter, row: object) =>
  compileFilter(table, filter)({ id: "a", note: null, n: null, ratio: null, data: null, ...row });
const member = (path: string[], value: string): Filter => ({ op: "jsonEq", column: "data", path, value });

describe("filters", () => {
  test("a comparison never matches a null, nor does one with null", () => {
    for (const op of ["eq", "ne", "lt", "lte", "gt", "gte"] as const) {
      expect(passes({ op, column: "n", value: 1 }, {})).toBe(false);
      expect(passes({ op, column: "n", value: null }, { n: 1 })).toBe(false);
      expect(passes({ op, column: "n", value: null }, {})).toBe(false);
      expect(passes({ op: "not", arg: { op, column: "n", value: 1 } }, {})).toBe(true);
    }
    expect(passes({ op: "in", column: "n", values: [null, 1] }, {})).toBe(false);
  });

  test("text is compared by code point", () => {
    expect(passes({ op: "gt", column: "note", value: "\uffff" }, { note: "😀" })).toBe(true);
  });

  test("an empty and is true, an empty or is false", () => {
    expect(passes({ op: "and", args: [] }, {})).toBe(true);
    expect(passes(anyOf(), {})).toBe(false);
  });

  test("members of JSON are own members of objects, at the exact path", () => {
    expect(passes(member(["a", "b"], "1"), { data: '{"a":{"b":1}}' })).toBe(true);
    expect(passes(member(["a.b"], "1"), { data: '{"a":{"b":1}}' })).toBe(false);
    expect(passes(member(["0"], "1"), { data: "[1]" })).toBe(false);
    expect(passes(member(["toString"], "null"), { data: "{}" })).toBe(false);
    expect(passes(member(["length"], "1"), { data: '["x"]' })).toBe(false);
    expect(passes(member([], '{"y":1,"x":[2]}'), { data: '{"x":[2],"y":1}' })).toBe(true);
    expect(passes(member(["a"], "null"), { data: '{"a":null}' })).toBe(true);
    expect(passes(member(["a"], "null"), { data: "{}" })).toBe(false);
    expect(passes(member([], "null"), { data: "null" })).toBe(true);
    expect(passes(member([], "null"), {})).toBe(false);
  });

  test("a member is absent from what is no object, and from no value at all", () => {
    const absent: Filter = { op: "jsonAbsent", column: "data", path: ["a"] };
    for (const data of ["{}", "[]", '"a"', "null", null]) expect(passes(absent, { data })).toBe(true);
    expect(passes(absent, { data: '{"a":null}' })).toBe(false);
  });

  test("elements are looked for in arrays only", () => {
    const contains = (value: string): Filter => ({ op: "contains", column: "data", value });
    expect(passes(contains('{"k":1}'), { data: '[{"k":1}]' })).toBe(true);
    expect(passes(contains('"x"'), { data: '"x"' })).toBe(false);
    expect(passes(contains("1"), { data: '["1"]' })).toBe(false);
    expect(passes(contains("[1]"), { data: "[1]" })).toBe(false);
  });

  test("a search is for literal text, letters of either case", () => {
    const search = (column: string, value: string): Filter => ({ op: "search", column, value });
    expect(passes(search("note", "%"), { note: "100" })).toBe(false);
    expect(passes(search("note", "ÄÖ"), { note: "xäöx" })).toBe(true);
    expect(passes(search("note", ""), { note: "" })).toBe(true);
    expect(passes(search("data", "a\nb"), { data: '"xA\\nBx"' })).toBe(true);
    expect(passes(search("data", '"k":1'), { data: '{"k":1}' })).toBe(true);
  });

  test("a search for nothing passes everything, null included", () => {
    expect(passes({ op: "search", column: "note", value: "" }, {})).toBe(true);
    expect(passes({ op: "search", column: "note", value: "a" }, {})).toBe(false);
  });
});

describe("building filters", () => {
  const a: Filter = { op: "isNull", column: "a" };
  const b: Filter = { op: "eq", column: "b", value: 1 };

  test("allOf leaves out what is not given", () => {
    expect(allOf(undefined, undefined)).toBeUndefined();
    expect(allOf(undefined, a)).toBe(a);
    expect(allOf(a, undefined, b)).toEqual({ op: "and", args: [a, b] });
  });

  test("filterColumns names every column once", () => {
    expect([...filterColumns({ op: "or", args: [a, { op: "not", arg: { op: "and", args: [a, b] } }] })]).toEqual([
      "a",
      "b",
    ]);
    expect([...filterColumns(undefined)]).toEqual([]);
  });
});
