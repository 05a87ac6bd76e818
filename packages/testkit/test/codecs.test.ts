import {
  bigint,
  boolean,
  type Column,
  compareText,
  compareTuples,
  compileFilter,
  decodeJson,
  type EngineValue,
  encodeJson,
  encodeTuple,
  float,
  integer,
  json,
  jsonEqual,
  text,
  timestamp,
} from "@stowage/core/engine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { things } from "../src/engine/tables.ts";
import { anyText, columnValue, filterOf, jsonText, jsonValue, keyText, rowOf, walkOf } from "../src/index.ts";

const columns: readonly Column[] = [text(), json(), timestamp(), integer(), bigint(), float(), boolean()];

describe("the codecs of core", () => {
  for (const column of columns) {
    test(`keys of ${column.type} are encoded in the order of their values`, () => {
      const tuple = fc.tuple(columnValue(column), columnValue(column)) as fc.Arbitrary<EngineValue[]>;
      fc.assert(
        fc.property(tuple, tuple, (a, b) => {
          expect(Math.sign(compareText(encodeTuple(a), encodeTuple(b)))).toBe(Math.sign(compareTuples(a, b)));
        }),
        { numRuns: 500 },
      );
    });
  }

  test("any JSON value comes back equal", () => {
    fc.assert(
      fc.property(jsonValue(), (value) => {
        const text = encodeJson(value) as string;
        expect(text.isWellFormed()).toBe(true);
        expect(jsonEqual(decodeJson(text), JSON.parse(JSON.stringify(value)))).toBe(true);
      }),
    );
  });
});

describe("the value generators", () => {
  const sample = <T>(arbitrary: fc.Arbitrary<T>, count = 500) => fc.sample(arbitrary, { numRuns: count, seed: 42 });

  test("make keys that every engine takes, and texts that hold anything", () => {
    expect(sample(keyText()).every((key) => key.isWellFormed() && !key.includes("\0"))).toBe(true);
    const texts = sample(anyText());
    expect(texts.some((text) => text.includes("\0"))).toBe(true);
    expect(texts.some((text) => !text.isWellFormed())).toBe(true);
  });

  test("make JSON texts as core does", () => {
    for (const text of sample(jsonText(), 100)) expect(() => JSON.parse(text)).not.toThrow();
  });

  test("make rows with every column, and null only where it may be", () => {
    for (const row of sample(rowOf(things), 100)) {
      expect(Object.keys(row)).toEqual(things.columnNames);
      for (const name of things.columnNames) {
        if (row[name] === null) expect(things.columns[name].isNullable, name).toBe(true);
        if (typeof row[name] === "number") expect(Object.is(row[name], -0)).toBe(false);
      }
    }
  });

  test("make filters that can be evaluated, of which some pass and some do not", () => {
    const rows = sample(rowOf(things), 20);
    const answers = sample(filterOf(things), 200).flatMap((filter) => rows.map(compileFilter(things, filter)));
    expect(new Set(answers)).toEqual(new Set([true, false]));
  });

  test("make walks with every equality column of their path", () => {
    const walks = sample(walkOf(things), 200);
    expect(new Set(walks.map((walk) => walk.path)).size).toBe(Object.keys(things.paths).length);
    for (const { path, eq = {} } of walks) expect(Object.keys(eq)).toEqual(things.paths[path].eq);
  });
});
