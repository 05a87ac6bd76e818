import { type Column, describeKey, type EngineValue, isStorageError, keyOf, StorageError } from "@stowage/core/engine";
import type { SqlRow, SqlValue, Statement } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { guardTable } from "../write/guard.ts";
import { adoptValue, emptyValue } from "./adopt-value.ts";
import type { CatalogColumn, CatalogTable } from "./catalog.ts";
import { columnDefinitions, createTable } from "./definition.ts";
import type { Adoption } from "./plan.ts";

/** What an adoption asks for next: rows, or that statements are applied together. */
export type AdoptionStep = { readonly read: readonly Statement[] } | { readonly write: readonly Statement[] };

/** Rows converted at a time. */
const portion = 200;

/**
 * Takes over a table that another library made: copies it row by row into one of ours, with the columns that are not ours
 * unread at its end, and puts that in its place. Conversion is done here and not by the database, so that what is stored is
 * what this library would have stored.
 *
 * On a connection that runs this in one transaction nobody can write meanwhile, and a failure leaves the old table. Elsewhere
 * each step is a batch of its own, the copy is begun anew after a failure, and the exchange at the end refuses when the
 * number of rows has changed.
 */
export function* adoptTable(
  { mapping, found, finish }: Adoption,
  { prefix, sequence, guarded }: { prefix: string; sequence: () => number; guarded: boolean },
): Generator<AdoptionStep, void, readonly (readonly SqlRow[])[]> {
  const { dialect, names } = mapping;
  const quote = dialect.quote;
  const old = quote(found.name);
  const copy = quote(`${names.table}__adopted`);
  const declared = new Set(columnDefinitions(mapping).map(({ name }) => name.toLowerCase()));
  const others = found.columns.filter(({ name }) => !declared.has(name.toLowerCase()));
  yield { write: [statement(`DROP TABLE IF EXISTS ${copy}`), statement(createCopy(mapping, others))] };

  const select = selectFound(mapping, found);
  const insert = insertCopy(mapping, copy, old, others);
  let place = 0;
  for (let after = -1; ; ) {
    const [rows = []] = yield { read: [{ sql: select, args: [after, portion] }] };
    if (rows.length === 0) break;
    yield {
      write: rows.map(([id = null, ...values]) => {
        const row = convertRow(mapping, values, ++place);
        const args: SqlValue[] = mapping.columns.map((column) =>
          mapping.stored(column, row[column.name] as EngineValue),
        );
        return { sql: insert, args: [...args, sequence(), id] };
      }),
    };
    after = rows[rows.length - 1]?.[0] as number;
  }

  const exchange = [statement(`DROP TABLE ${old}`), statement(`ALTER TABLE ${copy} RENAME TO ${quote(names.table)}`)];
  if (guarded) {
    const count = (name: string) => `(SELECT count(*) FROM ${name})`;
    const guard = `INSERT INTO ${quote(guardTable(prefix))} SELECT 0 WHERE ${count(old)} <> ${count(copy)}`;
    exchange.unshift(statement(guard));
  }
  yield { write: [...exchange, ...finish.map(statement)] };
}

/** What an adoption does, for a dry run. */
export const describeAdoption = ({ mapping, found, finish }: Adoption): string[] => [
  `-- every row of ${mapping.dialect.quote(found.name)} is converted into a new table that takes its place`,
  ...finish,
];

const statement = (sql: string): Statement => ({ sql, args: [] });

function createCopy(mapping: TableMapping, others: readonly CatalogColumn[]): string {
  const extra = others.map(({ name, type }) => `${mapping.dialect.quote(name)} ${type}`.trim());
  return createTable(mapping, `${mapping.names.table}__adopted`, extra);
}

/**
 * Every column of ours in order, null where the found table has none. JSON in SQLite's own form becomes text again; text with
 * U+0000, which drivers cut there, comes as bytes.
 */
function selectFound(mapping: TableMapping, found: CatalogTable): string {
  const byName = new Map(found.columns.map(({ name }) => [name.toLowerCase(), mapping.dialect.quote(name)]));
  const columns = mapping.columns.map(({ name }) => {
    const column = byName.get(name.toLowerCase());
    if (column === undefined) return "NULL";
    if (mapping.table.columns[name]?.type === "json") {
      return `CASE WHEN typeof(${column}) = 'blob' THEN json(${column}) ELSE ${column} END`;
    }
    return `CASE WHEN typeof(${column}) = 'text' AND instr(${column}, char(0)) > 0 THEN CAST(${column} AS BLOB) ELSE ${column} END`;
  });
  const from = mapping.dialect.quote(found.name);
  const named = columns.map((column, index) => `${column} AS c${index}`);
  return `SELECT rowid, ${named.join(", ")} FROM ${from} WHERE rowid > ? ORDER BY rowid LIMIT ?`;
}

/** Our columns are bound; the others go from table to table without passing through here. */
function insertCopy(mapping: TableMapping, copy: string, old: string, others: readonly CatalogColumn[]): string {
  const quote = mapping.dialect.quote;
  const own = [...mapping.columns.map(({ quoted }) => quoted), quote(revision)];
  const kept = others.map(({ name }) => quote(name));
  const values = [...own.map(() => "?"), ...kept];
  return `INSERT INTO ${copy} (${[...own, ...kept].join(", ")}) SELECT ${values.join(", ")} FROM ${old} WHERE rowid = ?`;
}

/** A row of another library as one of ours, from the values of our columns that it has; `place` is its number. */
export function convertRow(
  mapping: TableMapping,
  values: readonly SqlValue[],
  place: number,
): Record<string, EngineValue> {
  const { table } = mapping;
  const row: Record<string, EngineValue> = {};
  let at = "";
  try {
    table.columnNames.forEach((name, index) => {
      at = name;
      row[name] = adoptValue(table.columns[name] as Column, values[index]);
    });
    at = "";
    for (const [name, value] of Object.entries(table.adopt?.(row, place) ?? {})) row[name] = value;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const details = { ...error.details, table: mapping.names.table, column: at, key: describeKey(keyOf(table, row)) };
    throw new StorageError(error.message, { code: "schema", details, cause: error });
  }
  for (const name of table.columnNames) {
    const column = table.columns[name] as Column;
    if (row[name] === null && !column.isNullable) row[name] = emptyValue(column);
  }
  return row;
}
