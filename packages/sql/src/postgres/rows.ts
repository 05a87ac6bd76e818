import type { SqlValue } from "../connection.ts";
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
    const types = key.map(({ storage }) => castType(storage));
    const isKey = key.map(({ quoted }, part) => `t.${quoted} = s.k${part}`).join(" AND ");
    const names = key.map((_, part) => `k${part}`).join(", ");
    return `DELETE FROM ${mapping.quoted} AS t USING ${unnest(types)} AS s (${names}) WHERE ${isKey}`;
  });

function insert({ columns, quoted, dialect }: TableMapping): string {
  const names = [...columns.map((column) => column.quoted), dialect.quote(revision)];
  const types = [...columns.map(({ storage }) => castType(storage)), "bigint"];
  return `INSERT INTO ${quoted} (${names.join(", ")}) SELECT * FROM ${unnest(types)}`;
}

const unnest = (types: readonly string[]) => `unnest(${types.map((type) => `?::${type}[]`).join(", ")})`;

/** The arguments of such a statement: rows of values, as they would be bound, turned into an array for each column. */
export const asArrays = (rows: readonly (readonly SqlValue[])[]): string[] =>
  (rows[0] ?? []).map((_, column) => `{${rows.map((row) => element(row[column] ?? null)).join()}}`);

function element(value: SqlValue): string {
  if (value === null) return "NULL";
  return typeof value === "string" ? `"${value.replace(/[\\"]/g, "\\$&")}"` : String(value);
}
