import { bigint, defineTable, float, json, text } from "@stowage/core/engine";
import { anyText, jsonText } from "@stowage/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Layout } from "./layout.ts";
import { narrowRow, packRow, unpackRow } from "./payload.ts";

const columns = {
  id: text(),
  note: text().nullable(),
  size: bigint().nullable(),
  ratio: float(),
  meta: json(),
  tags: json().nullable(),
};
const stamp = { version: 1, format: 1, columns: [], indexes: [], unique: [] };
const layout = new Layout(defineTable("t", columns, { key: ["id"] }), stamp);
const older = new Layout(defineTable("t", { id: text() }, { key: ["id"] }), stamp);

test("a row comes back as it was, whatever is in it", () => {
  const row = fc.record({
    id: anyText(),
    note: fc.option(anyText()),
    size: fc.option(fc.bigInt()),
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
    meta: jsonText(),
    tags: fc.option(jsonText()),
  });
  fc.assert(
    fc.property(row, (values) => {
      const packed = packRow(layout, values);
      expect(packed.isWellFormed()).toBe(true);
      expect(unpackRow(layout, packed, 7)).toEqual({ ...values, _rev: 7 });
    }),
  );
});

test("columns that a layout does not know survive it", () => {
  const row = { id: "a", note: "n", size: 12345678901234567890n, ratio: 0.5, meta: '{"a":[]}', tags: null };
  const carried = unpackRow(older, packRow(layout, row), 1);
  expect(unpackRow(layout, packRow(older, { ...carried, id: "a" }), 2)).toEqual({ ...row, _rev: 2 });
});

test("a row can be passed on with some of its columns", () => {
  const row = { id: "a", note: "n", size: 5n, ratio: 0.5, meta: '{"a":[1,"é"]}', tags: "[2]" };
  const narrow = narrowRow(packRow(layout, row), new Set(["tags", "size", "unknown"]));
  const rest = { id: null, note: null, ratio: null, meta: null };
  expect(unpackRow(layout, narrow, 3)).toEqual({ ...rest, size: 5n, tags: "[2]", _rev: 3 });
  expect(() => narrowRow("5:[[],[]]", new Set())).toThrow("a stored row cannot be decoded");
});

test("a text that is no row is refused", () => {
  for (const text of ["", "{}", "=", "=x:", "5:[[],[]]"])
    expect(() => unpackRow(layout, text, 1)).toThrow("a stored row cannot be decoded");
});
