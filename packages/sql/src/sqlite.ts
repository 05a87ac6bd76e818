import { type Column, orderedBigint, type StorageError } from "@stowage/core/engine";
import { parseOrderedBigint } from "./bigint.ts";
import type { ColumnMeasure, ColumnStorage, Dialect, Violation } from "./dialect.ts";
import { jsonCondition } from "./sqlite-json.ts";
import { escapeText, unescapeText } from "./text.ts";

const storages = {
  // Strings of keys and paths are checked when they are written, so they need no escape and sort as they are.
  key: { type: "TEXT", ordered: true, throughJson: true },
  text: {
    type: "TEXT",
    encode: (value) => escapeText(value as string),
    decode: (value) => unescapeText(value as string),
    ordered: false,
    throughJson: true,
  },
  json: { type: "TEXT", ordered: true, throughJson: true },
  integer: { type: "INTEGER", ordered: true, throughJson: true },
  boolean: {
    type: "INTEGER",
    encode: (value) => (value ? 1 : 0),
    decode: (value) => value !== 0,
    ordered: true,
    throughJson: true,
  },
  // SQLite's reader of JSON numbers does not round to the nearest double in every case.
  float: { type: "REAL", ordered: true, throughJson: false },
  bigint: {
    type: "TEXT",
    encode: (value) => String(value),
    decode: (value) => BigInt(value as string),
    ordered: false,
    throughJson: true,
  },
  bigintKey: {
    type: "TEXT",
    encode: (value) => orderedBigint(value as bigint),
    decode: (value) => parseOrderedBigint(value as string),
    ordered: true,
    throughJson: true,
  },
} as const satisfies Record<string, ColumnStorage>;

function storage({ type }: Column, indexed: boolean): ColumnStorage {
  switch (type) {
    case "text":
      return indexed ? storages.key : storages.text;
    case "bigint":
      return indexed ? storages.bigintKey : storages.bigint;
    case "timestamp":
      return storages.integer;
    default:
      return storages[type];
  }
}

/** Sums are compensated here and there alike. */
function measure({ fn }: ColumnMeasure, column: string, type: Column["type"]): string | undefined {
  switch (fn) {
    case "countDistinct":
      return `count(DISTINCT ${column})`;
    case "min":
    case "max":
      return `${fn}(${column})`;
    case "sum":
    case "avg":
      if (type !== "integer" && type !== "timestamp" && type !== "float") return undefined;
      // `total` goes on where `sum` fails with an overflow; of no values it makes 0, which here is null.
      return fn === "sum"
        ? `CASE WHEN count(${column}) > 0 THEN total(${column}) END`
        : `total(${column}) / nullif(count(${column}), 0)`;
    default:
      return undefined;
  }
}

/** The databases that are SQLite inside. How a driver reports errors is its engine's to say. */
export function sqliteDialect(driver: {
  violation(error: unknown): Violation | undefined;
  translate(error: unknown): StorageError;
  maxCompound?: number;
  maxParameters?: number;
  maxOperators?: number;
}): Dialect {
  return {
    name: "sqlite",
    maxCompound: driver.maxCompound ?? 100,
    maxParameters: driver.maxParameters ?? 32_766,
    ...(driver.maxOperators !== undefined && { maxOperators: driver.maxOperators }),
    quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
    useIndex: (index) => ` INDEXED BY "${index.replaceAll('"', '""')}"`,
    noLimit: -1,
    explain: "EXPLAIN QUERY PLAN ",
    successor: (column) => `${column} + 1`,
    greatest: (a, b) => `max(${a}, ${b})`,
    storage,
    jsonItems: {
      from: "json_each(?) AS j",
      position: "j.key",
      item: (part) => `j.value->>${part}`,
    },
    jsonCondition,
    // `/` and `%` truncate towards zero; the second `%` brings times before 1970 to the lower multiple.
    bucket: (column, size) => `(${column} - ((${column} % ${size}) + ${size}) % ${size})`,
    measure,
    violation: driver.violation,
    translate: driver.translate,
  };
}
