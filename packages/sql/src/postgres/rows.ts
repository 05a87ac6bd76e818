import type { EngineValue } from "@stowage/core/engine";
import type { SqlValue } from "../connection.ts";
import type { MappedColumn } from "../mapped-column.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { replacingClause } from "../write/change.ts";
import { castType } from "./dialect.ts";

/*
 * Statements about any number of rows, each column of which travels as one array. However many rows there are the text is the
 * same, so a server that keeps statements prepared parses it once.
 */

/** Inserts rows; a taken key is an error of the database. */
export const insertRows = (mapping: TableMapping): string => mapping.statement("rows/insert", () => insert(mapping));

/** Inserts or replaces rows and gives the revision of each, in their order. */
export const upsertRows = (mapping: TableMapping, keep: readonly string[]): string =>
  mapping.statement(`rows/upsert/${keep.join()}`, () => {
    const told = `RETURNING ${mapping.dialect.quote(revision)}`;
    return `${insert(mapping)}${replacingClause(mapping, keep)} ${told}`;
  });

/** Inserts or replaces rows and tells nothing. */
export const replaceRows = (mapping: TableMapping): string =>
  mapping.statement("rows/replace", () => `${insert(mapping)}${replacingClause(mapping, [])}`);

/** Removes the records of a list of keys. */
export const removeRows = (mapping: TableMapping): string =>
  mapping.statement("rows/remove", () => {
    const key = mapping.table.key.map((name) => mapping.column(name));
    const lists = key.map(listOf);
    const isKey = key.map(({ quoted }, part) => `t.${quoted} = s.k${part}`).join(" AND ");
    const names = key.map((_, part) => `k${part}`).join(", ");
    return `DELETE FROM ${mapping.quoted} AS t USING unnest(${lists.join(", ")}) AS s (${names}) WHERE ${isKey}`;
  });

function insert({ columns, quoted, dialect }: TableMapping): string {
  const names = [...columns.map((column) => column.quoted), dialect.quote(revision)];
  const lists = [...columns.map(listOf), "?::bigint[]"];
  // In the list of results the arrays are walked side by side; as one function to select from, each would first be copied.
  const values = lists.map((list) => `unnest(${list})`);
  return `INSERT INTO ${quoted} (${names.join(", ")}) SELECT ${values.join(", ")}`;
}

/**
 * A column's values as an array. JSON holds no control character as it is, so one stands between its texts and they need no
 * escapes; an empty text is none, and stands for null.
 */
export const listOf = ({ type, storage }: Pick<MappedColumn, "type" | "storage">): string =>
  type === "json" ? "string_to_array(?::text, chr(30), '')::json[]" : `?::${castType(storage)}[]`;

/**
 * The arguments of such a statement: a list for each column. The server fills up a list that is shorter than others with
 * nulls, so nulls at the end do not travel.
 */
export function rowLists(
  mapping: TableMapping,
  rows: readonly Readonly<Record<string, EngineValue>>[],
  revisions: readonly number[],
): string[] {
  const lists = mapping.columns.map((column) => listOfColumn(mapping, column, rows));
  lists.push(`{${revisions.join()}}`);
  return lists;
}

/** The same of keys, as they are stored. */
export const keyLists = (keys: readonly (readonly SqlValue[])[]): string[] =>
  (keys[0] ?? []).map((_, part) => `{${keys.map((key) => element(key[part] as SqlValue)).join()}}`);

function listOfColumn(
  mapping: TableMapping,
  column: MappedColumn,
  rows: readonly Readonly<Record<string, EngineValue>>[],
): string {
  const { name, type } = column;
  let length = rows.length;
  while (length > 0 && (rows[length - 1]?.[name] ?? null) === null) length--;
  const isJson = type === "json";
  const none = isJson ? "" : "NULL";
  let list = "";
  let last: EngineValue = null;
  let text = none;
  for (let row = 0; row < length; row++) {
    const value = rows[row]?.[name] ?? null;
    // Rows that are written together have much in common.
    if (value !== last) {
      const stored = mapping.stored(column, value);
      text = stored === null ? none : isJson ? (stored as string) : element(stored);
      last = value;
    }
    if (row > 0) list += isJson ? "\u001e" : ",";
    list += text;
  }
  return isJson ? list : `{${list}}`;
}

function element(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value !== "string") return String(value);
  return value.includes('"') || value.includes("\\") ? `"${value.replace(/[\\"]/g, "\\$&")}"` : `"${value}"`;
}
