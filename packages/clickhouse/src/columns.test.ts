import { type ColumnType, compareValues, type EngineValue } from "@stowage/core/engine";
import {
  awkwardBigints,
  awkwardFloats,
  awkwardIntegers,
  awkwardKeys,
  awkwardTexts,
  awkwardTimestamps,
} from "@stowage/testkit";
import { describe, expect, test } from "vitest";
import { storages } from "./columns.ts";
import { escapeText, unescapeText } from "./text.ts";

const values: Partial<Record<ColumnType, readonly EngineValue[]>> = {
  text: awkwardKeys,
  bigint: awkwardBigints,
  float: awkwardFloats,
  integer: awkwardIntegers,
  timestamp: awkwardTimestamps,
  boolean: [true, false],
};

describe("places", () => {
  test.each(Object.keys(values) as ColumnType[])("of %s have the order of the values", (type) => {
    const { placeOf } = storages[type];
    const ordered = [...(values[type] as EngineValue[])].sort(compareValues);
    const places = ordered.map((value) => Buffer.from(placeOf(value)));
    expect([...places].sort(Buffer.compare)).toEqual(places);
  });
});

describe("texts", () => {
  test("come back from their stored form, which is well formed", () => {
    for (const text of [...awkwardTexts, "\0json:", "\0json:\ud800"]) {
      expect(escapeText(text).isWellFormed()).toBe(true);
      expect(unescapeText(escapeText(text))).toBe(text);
    }
  });

  test("of keys are stored as they are", () => {
    for (const key of awkwardKeys) expect(escapeText(key)).toBe(key);
  });
});

test("bigints come back from their stored form", () => {
  const { encode, decode } = storages.bigint;
  for (const value of awkwardBigints) expect(decode(encode(value))).toBe(value);
});
