import { describe, expect, test } from "vitest";
import { decodeRow, encodePatch, encodeRow, encodeValue } from "./codec.ts";
import { bigint, boolean, float, integer, json, text, timestamp } from "./column.ts";
import { defineTable, type StoredRow } from "./table.ts";

const table = defineTable(
  "t",
  {
    id: text(),
    at: timestamp(),
    n: integer().nullable(),
    big: bigint().nullable(),
    ratio: float().nullable(),
    flag: boolean().nullable(),
    data: json().nullable(),
    note: text().nullable(),
  },
  { key: ["id"] },
);

describe("encoding", () => {
  test("FD-145: every column has the form of its type", () => {
    const row = encodeRow(table, {
      id: "a",
      at: new Date(1_700_000_000_001),
      n: 5,
      big: 2n ** 70n,
      ratio: 0.1,
      flag: false,
      data: { at: new Date(0), list: [undefined] },
    });
    expect(row).toEqual({
      id: "a",
      at: 1_700_000_000_001,
      n: 5,
      big: 2n ** 70n,
      ratio: 0.1,
      flag: false,
      data: '{"at":"1970-01-01T00:00:00.000Z","list":[null]}',
      note: null,
    });
  });

  test("an absent value is null, and JSON's null is not absent", () => {
    expect(encodeRow(table, { id: "a", at: new Date(0), data: null }).data).toBe("null");
    expect(encodeRow(table, { id: "a", at: new Date(0) }).data).toBeNull();
    expect(encodeRow(table, { id: "a", at: new Date(0), data: "null" }).data).toBe('"null"');
  });

  test("FD-072: an invalid date and a number that is none are refused", () => {
    for (const [column, value] of [
      [table.columns.at, new Date(Number.NaN)],
      [table.columns.n, Number.NaN],
      [table.columns.ratio, Number.POSITIVE_INFINITY],
      [table.columns.ratio, Number.NEGATIVE_INFINITY],
    ] as const) {
      expect(() => encodeValue(column, value)).toThrow(
        expect.objectContaining({ code: "invalid_argument", statusWord: "INVALID_INPUT" }),
      );
    }
  });

  test("minus zero is zero", () => {
    expect(Object.is(encodeValue(table.columns.ratio, -0), 0)).toBe(true);
  });

  test("a missing value of a column that needs one is refused by name", () => {
    expect(() => encodeRow(table, { id: "a" })).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        details: expect.objectContaining({ table: "t", column: "at" }),
      }),
    );
  });

  test("a patch has the given columns only, and refuses unknown ones", () => {
    expect(encodePatch(table, { note: null, n: undefined, data: undefined })).toEqual({ note: null });
    expect(() => encodePatch(table, { unknown: 1 } as never)).toThrow(TypeError);
  });
});

describe("decoding", () => {
  const stored = (changes: object) => ({ id: "a", at: 0, ...changes, _rev: 1 }) as unknown as StoredRow<typeof table>;

  test("is the way back, without the revision", () => {
    const draft = {
      id: "a",
      at: new Date(5),
      n: -1,
      big: -5n,
      ratio: 1e300,
      flag: true,
      data: { x: [null] },
      note: "\0",
    };
    expect(decodeRow(table, { ...encodeRow(table, draft), _rev: 9 })).toEqual(draft);
  });

  test("absent JSON is undefined, other absent values are null, columns that were not read stay out", () => {
    expect(decodeRow(table, stored({ data: null, note: null }))).toEqual({
      id: "a",
      at: new Date(0),
      data: undefined,
      note: null,
    });
  });

  test("FD-061: data that looks like a class comes back as data", () => {
    const data = '{"lc":1,"type":"constructor","id":["langchain","x"],"$type":"Date","__proto__":{"polluted":1}}';
    const decoded = decodeRow(table, stored({ data })).data as Record<string, unknown>;
    expect(JSON.stringify(decoded)).toBe(data);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("FD-076: what cannot be decoded is an error that says where, never a default", () => {
    expect(() => decodeRow(table, stored({ data: "{broken" }))).toThrow(
      expect.objectContaining({ code: "corrupt", details: { table: "t", column: "data", key: "a" } }),
    );
  });
});
