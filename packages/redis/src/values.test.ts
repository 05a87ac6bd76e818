import { bigint, boolean, defineTable, type EngineValue, float, json, text, timestamp } from "@stowage/core/engine";
import { Layout } from "@stowage/kv";
import { expect, test } from "vitest";
import { packColumns, unpackColumns } from "./values.ts";

const table = defineTable(
  "values",
  {
    id: text(),
    note: text().nullable(),
    other: text().nullable(),
    big: bigint().nullable(),
    flag: boolean().nullable(),
    number: float().nullable(),
    at: timestamp().nullable(),
    data: json().nullable(),
  },
  { key: ["id"] },
);
const layout = new Layout(table, { version: 1, format: 1, columns: [], indexes: [], unique: [] });

const packed = (row: Record<string, EngineValue>) => packColumns(layout, row, table.columnNames);
const unpacked = (text: string) => {
  const row = Object.fromEntries(table.columnNames.map((column): [string, EngineValue] => [column, null]));
  unpackColumns(layout, text, row);
  return row;
};
const nothing = { note: null, other: null, big: null, flag: null, number: null, at: null, data: null };

test("columns come back as they were packed, nulls too", () => {
  const row = { ...nothing, id: "a", note: "", big: 2n ** 63n, flag: false, number: -1.5e-300, at: 1_700_000_000_000 };
  expect(unpacked(packed(row))).toEqual(row);
  expect(unpacked(packed({ ...nothing, id: "a" }))).toEqual({ ...nothing, id: "a" });
});

test.each(["\u001f", "a\u001fother:=b\u001f", "note:=x", ":", "=", "~", "\0", "\ud800", "12", "{}", '"\u001f"'])(
  "the text %j stays what it is and beside its neighbours",
  (note) => {
    const row = { ...nothing, id: "a", note, other: note };
    expect(unpacked(packed(row))).toEqual(row);
  },
);

test("JSON stands in a field of its own", () => {
  expect(packed({ id: "a", data: '{"a":1}' })).toBe("\u001fid:=a\u001f");
});
