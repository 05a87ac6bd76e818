import type { Column, EngineValue, StorageError } from "@stowage/core/engine";
import { orderedBigint } from "@stowage/core/engine";
import { parseOrderedBigint } from "../bigint.ts";
import type { ColumnMeasure, ColumnStorage, Dialect, Violation } from "../dialect.ts";
import { fitName as fitTo } from "../naming.ts";
import { escapeText, unescapeText } from "../text.ts";
import { jsonCondition } from "./json.ts";

/** The longest name MySQL keeps, in characters. */
const longestName = 64;

/**
 * The longest text in an index, in bytes. An index of InnoDB takes 3,072 bytes: four such parts and two numbers. Text in a character
 * set would count four bytes a character, whatever it holds, and brings a collation; so keys are bytes.
 */
const longestKeyPart = 764;

/** Of a longer one this much is there, then a digest of the whole, behind a character that no key holds. */
const head = 720;
const mark = "\0";

const isText = (value: EngineValue) => typeof value === "string";
const isKeyText = (value: EngineValue) => typeof value === "string" && value.isWellFormed() && !value.includes(mark);
const isInteger = (value: EngineValue) => typeof value === "bigint" || Number.isSafeInteger(value);
// The collation of `LONGTEXT` ignores blanks at the end.
const asBytes = (column: string) => `CAST(${column} AS BINARY)`;

const storages = {
  text: {
    type: "LONGTEXT",
    encode: (value) => escapeText(value as string),
    decode: (value) => unescapeText(value as string),
    ordered: false,
    throughJson: true,
    accepts: isText,
    operand: asBytes,
  },
  // The type JSON of MySQL sorts members and rounds numbers; a text stays as it came.
  json: { type: "LONGTEXT", ordered: false, throughJson: true, accepts: isText, operand: asBytes },
  integer: { type: "BIGINT", ordered: true, throughJson: true, accepts: isInteger },
  boolean: {
    type: "TINYINT(1)",
    encode: (value) => (value ? 1 : 0),
    decode: (value) => value !== 0,
    ordered: true,
    throughJson: true,
    accepts: (value) => typeof value === "boolean",
  },
  float: { type: "DOUBLE", ordered: true, throughJson: true, accepts: (value) => typeof value === "number" },
  bigint: {
    type: "LONGTEXT",
    encode: (value) => String(value),
    decode: (value) => BigInt(value as string),
    ordered: false,
    throughJson: true,
    accepts: isInteger,
    operand: asBytes,
  },
  bigintKey: {
    type: `VARBINARY(${longestKeyPart})`,
    encode: (value) => orderedBigint(BigInt(value as bigint)),
    decode: (value) => parseOrderedBigint(value as string),
    ordered: true,
    throughJson: true,
    accepts: isInteger,
  },
} as const satisfies Record<string, ColumnStorage>;

const encoder = new TextEncoder();

/** The beginning of a text, whole characters only. */
function beginning(text: string): string {
  const bytes = encoder.encode(text);
  let end = head;
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end));
}

/** Text of keys and paths. It is checked when it is written, so it needs no escape and sorts as it is. */
function keyStorage(digest: (text: string) => string): ColumnStorage {
  const isLong = (text: string) => text.length * 3 > longestKeyPart && encoder.encode(text).length > longestKeyPart;
  return {
    type: `VARBINARY(${longestKeyPart})`,
    encode: (value) =>
      isLong(value as string) ? beginning(value as string) + mark + digest(value as string) : (value as string),
    whole: (value) => (isLong(value as string) ? (value as string) : null),
    ordered: true,
    throughJson: true,
    accepts: isKeyText,
  };
}

function storage({ type }: Column, indexed: boolean): ColumnStorage {
  if (type === "text") return storages.text;
  if (type === "bigint") return indexed ? storages.bigintKey : storages.bigint;
  // Whole milliseconds: neither a time zone nor a setting of the server has a say in them.
  return type === "timestamp" ? storages.integer : storages[type];
}

/** A name as MySQL keeps it. */
export const fitName = (name: string): string => fitTo(name, longestName);

export const quote = (identifier: string): string => `\`${identifier.replaceAll("`", "``")}\``;

function measure({ fn }: ColumnMeasure, column: string, type: Column["type"]): string | undefined {
  switch (fn) {
    case "countDistinct":
      return `count(DISTINCT ${column})`;
    case "min":
    case "max":
      return `${fn}(${column})`;
    // Integers are summed up as decimals, which loses nothing; floats would depend on the order.
    case "sum":
      return type === "integer" ? `(sum(${column}) + 0e0)` : undefined;
    case "avg":
      return type === "integer" ? `((sum(${column}) + 0e0) / nullif(count(${column}), 0))` : undefined;
    default:
      return undefined;
  }
}

/** MySQL 8 and MariaDB from 10.6 on. How the client reports errors is the engine's to say. */
export function mysqlDialect(options: {
  /** At most 43 characters that no two texts have in common, such as SHA-256 in base64url. */
  digest(text: string): string;
  /** Name of the database, where it is not the session's own. */
  readonly database?: string | undefined;
  /** Whether every index that a walk may name is there. */
  readonly namesIndexes: boolean;
  violation(error: unknown): Violation | undefined;
  translate(error: unknown): StorageError;
}): Dialect {
  const { database, namesIndexes } = options;
  const key = keyStorage((text) => options.digest(text));
  return {
    name: "mysql",
    maxCompound: 60,
    ordersBranches: true,
    limitsBranches: true,
    spellsOutTuples: true,
    maxParameters: 32_000,
    quote,
    qualify: (table) => (database === undefined ? quote(table) : `${quote(database)}.${quote(table)}`),
    fit: fitName,
    useIndex: (index) => (namesIndexes ? ` FORCE INDEX (${quote(index)})` : ""),
    usePrimaryKey: " FORCE INDEX (PRIMARY)",
    noLimit: 2n ** 64n - 1n,
    explain: "EXPLAIN FORMAT=JSON ",
    successor: (column) => `${column} + 1`,
    greatest: (a, b) => `greatest(${a}, ${b})`,
    tellRevision: (revision) => `last_insert_id(${revision})`,
    removeChosen: (table, keys, chosen) => {
      const on = keys.map((key) => `t.${key} = w.${key}`).join(" AND ");
      return `DELETE t FROM (${chosen}) AS w STRAIGHT_JOIN ${table} AS t ON ${on}`;
    },
    storage: (column, indexed) => (column.type === "text" && indexed ? key : storage(column, indexed)),
    jsonCondition,
    // `%` truncates towards zero; the second one brings times before 1970 to the lower multiple.
    bucket: (column, size) => `(${column} - ((${column} % ${size}) + ${size}) % ${size})`,
    measure,
    violation: options.violation,
    translate: options.translate,
  };
}
