import { type Column, type EngineValue, isoText, type StorageError } from "@stowage/core/engine";
import type { SqlValue } from "../connection.ts";
import type { ColumnMeasure, ColumnStorage, Dialect, Violation } from "../dialect.ts";
import { fitName as fitTo } from "../naming.ts";
import { escapeText, unescapeText } from "../text.ts";
import { jsonCondition } from "./json.ts";

/** The longest name PostgreSQL keeps, in bytes. */
const longestName = 63;

/** The instants that `timestamptz` holds and JavaScript knows: from 4714 BC on. */
const firstInstant = -210_866_803_200_000;

const isInteger = (value: EngineValue) => typeof value === "bigint" || Number.isSafeInteger(value);
const isText = (value: EngineValue) => typeof value === "string";

const storages = {
  // Strings of keys and paths are checked when they are written, so they need no escape and sort as they are.
  key: { type: 'text COLLATE "C"', ordered: true, throughJson: true, accepts: isText },
  text: {
    type: 'text COLLATE "C"',
    encode: (value) => escapeText(value as string),
    decode: (value) => unescapeText(value as string),
    ordered: false,
    throughJson: true,
    accepts: isText,
  },
  base64: {
    type: "bytea",
    encode: (value) => `\\x${bytesOf(value as string).toString("hex")}`,
    ordered: false,
    throughJson: true,
    accepts: (value) => typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value,
  },
  // `json` keeps the text as it came; it has no comparison of its own.
  json: { type: "json", ordered: false, throughJson: true, accepts: isText, operand: (column) => `${column}::text` },
  integer: { type: "bigint", ordered: true, throughJson: true, accepts: isInteger },
  timestamp: {
    type: "timestamptz(3)",
    encode: (value) => instantText(value as number),
    ordered: true,
    throughJson: true,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= firstInstant,
  },
  boolean: {
    type: "boolean",
    encode: (value) => (value ? "t" : "f"),
    decode: (value) => value !== 0,
    ordered: true,
    throughJson: true,
    accepts: (value) => typeof value === "boolean",
  },
  float: { type: "double precision", ordered: true, throughJson: true, accepts: (value) => typeof value === "number" },
  bigint: {
    type: "numeric",
    encode: (value) => String(value),
    decode: (value) => BigInt(value as string),
    ordered: true,
    throughJson: true,
    accepts: isInteger,
  },
} as const satisfies Record<string, ColumnStorage>;

/** @throws TypeError for a text that would come back different. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new TypeError("a column of base64 was given another text");
  return bytes;
}

/** An instant as PostgreSQL reads it whatever the session's settings are. */
function instantText(milliseconds: number): SqlValue {
  const iso = isoText(milliseconds);
  const year = new Date(milliseconds).getUTCFullYear();
  if (year >= 1 && year <= 9999) return iso;
  const rest = iso.slice(iso.indexOf("-", 1));
  return year > 0 ? `${year}${rest}` : `${String(1 - year).padStart(4, "0")}${rest} BC`;
}

/** A name as PostgreSQL keeps it. */
export const fitName = (name: string): string => fitTo(name, longestName);

export const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/** The cast of a text to the column's type; a collation is no part of it. */
export const castType = ({ type }: ColumnStorage): string => type.replace(/ COLLATE.*/, "");

function measure(given: ColumnMeasure, column: string, type: Column["type"]): string | undefined {
  const isNumber = type === "integer" || type === "float";
  switch (given.fn) {
    case "countDistinct":
      return `count(DISTINCT ${column})`;
    case "min":
    case "max":
      // There is no least or greatest boolean in PostgreSQL.
      return type === "boolean" ? undefined : `${given.fn}(${column})`;
    case "sum":
      // Summed up as decimals, which loses nothing whatever the order; floats go through their shortest text.
      return isNumber ? `sum(${exact(column, type)})::float8` : undefined;
    case "avg":
      return isNumber ? `sum(${exact(column, type)})::float8 / nullif(count(${column}), 0)` : undefined;
    case "quantile":
      return isNumber && given.p >= 0 && given.p <= 1
        ? `percentile_cont(${Number(given.p)}) WITHIN GROUP (ORDER BY ${column}::float8)`
        : undefined;
  }
}

const exact = (column: string, type: Column["type"]) => (type === "float" ? `${column}::text::numeric` : column);

/** PostgreSQL from 15 on. How the client reports errors is the engine's to say. */
export function postgresDialect(options: {
  readonly schema: string;
  violation(error: unknown): Violation | undefined;
  translate(error: unknown): StorageError;
}): Dialect {
  const schema = quote(options.schema);
  return {
    name: "postgres",
    maxCompound: 100,
    ordersBranches: true,
    maxParameters: 32_000,
    quote,
    qualify: (table) => `${schema}.${quote(table)}`,
    fit: fitName,
    useIndex: () => "",
    noLimit: null,
    explain: "EXPLAIN (COSTS OFF) ",
    successor: (column, type) => (type === "timestamp" ? `${column} + interval '1 millisecond'` : `${column} + 1`),
    greatest: (a, b) => `greatest(${a}, ${b})`,
    storage: ({ type, isBase64 }, indexed) =>
      type === "text" && indexed ? storages.key : isBase64 ? storages.base64 : storages[type],
    jsonItems: {
      from: "json_array_elements(?::json) WITH ORDINALITY AS j(value, n)",
      position: "j.n - 1",
      item: (part, storage) => `(j.value->>${part})::${castType(storage)}`,
    },
    jsonCondition,
    // A function that is restricted to the leader. A total beside a page is one of many calls: dividing it among workers
    // takes them from others, and where there are few processors it takes twice as long.
    byOneProcess: "pg_catalog.pg_backend_pid() > 0",
    bucket: (column, size) => `(floor(extract(epoch FROM ${column}) * 1000 / ${size}) * ${size})::float8`,
    measure,
    violation: options.violation,
    translate: options.translate,
  };
}
