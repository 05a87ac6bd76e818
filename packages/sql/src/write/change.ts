import {
  ConflictError,
  describeKey,
  type Key,
  keyOf,
  type Patch,
  type Put,
  type Refusal,
  type WriteOp,
} from "@stowage/core/engine";
import type { SqlValue } from "../connection.ts";
import type { MappedColumn } from "../mapped-column.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { keyCondition } from "../read/get.ts";

/** The key that an operation is about. */
export const keyOfOp = (op: WriteOp): Key => (op.op === "put" ? keyOf(op.table, op.row) : op.key);

/** The key of an operation as it is bound; strings that no key may hold are refused. */
export const storedKey = (mapping: TableMapping, key: Key): SqlValue[] =>
  mapping.table.key.map((name, part) => mapping.stored(mapping.column(name), key[part] ?? null));

export const refuse = (op: WriteOp, index: number, reason: Refusal["reason"], unique?: string): ConflictError =>
  new ConflictError({
    index,
    table: op.table.name,
    key: describeKey(keyOfOp(op)),
    reason,
    ...(unique !== undefined && { unique }),
  });

/** `SELECT _rev` of one record. */
export const probe = (mapping: TableMapping): string =>
  mapping.statement("probe", () => {
    const column = mapping.dialect.quote(revision);
    return `SELECT ${column} FROM ${mapping.quoted} WHERE ${keyCondition(mapping)}`;
  });

/** What a column is in the database: itself, and the one that holds the whole of long values. */
export const physical = ({ quoted, long }: MappedColumn): string[] => (long ? [quoted, long] : [quoted]);

/** An INSERT of whole rows; `onConflict` says what happens when a key is taken. */
export function insertText(mapping: TableMapping, onConflict: string, rows = 1): string {
  const { dialect, columns, quoted } = mapping;
  const names = [...columns.flatMap(physical), dialect.quote(revision)];
  const values = `(${names.map(() => "?").join(", ")})`;
  const list = Array.from({ length: rows }, () => values).join(", ");
  return `INSERT INTO ${quoted} (${names.join(", ")}) VALUES ${list}${onConflict}`;
}

/**
 * An INSERT of one row that names only the columns of which the row has a value, for a database that reads each text and each
 * argument anew. The texts are not kept: there may be as many as there are choices of columns.
 */
export function insertGiven(mapping: TableMapping, args: readonly SqlValue[], onConflict: string): Update {
  const names = mapping.derive("physical", () => [
    ...mapping.columns.flatMap(physical),
    mapping.dialect.quote(revision),
  ]);
  const given = args.filter((arg) => arg !== null);
  const list = names.filter((_, at) => args[at] !== null).join(", ");
  const values = given.map(() => "?").join(", ");
  return { sql: `INSERT INTO ${mapping.quoted} (${list}) VALUES (${values})${onConflict}`, args: given };
}

const keyList = (mapping: TableMapping) => mapping.table.key.map((name) => mapping.column(name).quoted).join(", ");

/** What makes an INSERT do nothing when the key is taken. */
export const nothingClause = (mapping: TableMapping): string => ` ON CONFLICT (${keyList(mapping)}) DO NOTHING`;

/** Inserts unless the key is taken; then nothing changes. */
export const insertUnlessTaken = (mapping: TableMapping): string =>
  mapping.statement("insert/nothing", () => insertText(mapping, nothingClause(mapping)));

/** Inserts; a taken key is an error of the database. */
export const insertOnly = (mapping: TableMapping): string => mapping.statement("insert", () => insertText(mapping, ""));

/** What makes an INSERT replace what an upsert replaces, which then has a revision above the one given. */
export const replacingClause = (mapping: TableMapping, keep: readonly string[]): string => {
  const rev = mapping.dialect.quote(revision);
  const sets = replacedColumns(mapping, keep).map(({ quoted }) => `${quoted} = excluded.${quoted}`);
  sets.push(`${rev} = ${mapping.dialect.greatest(`${mapping.quoted}.${rev} + 1`, `excluded.${rev} + 1`)}`);
  return ` ON CONFLICT (${keyList(mapping)}) DO UPDATE SET ${sets.join(", ")}`;
};

const upsertText = (mapping: TableMapping, keep: readonly string[], rows: number): string =>
  insertText(mapping, replacingClause(mapping, keep), rows);

/** Inserts or replaces one row and gives its revision: the one given for a new row, a greater one for a replaced row. */
export const insertOrReplace = (mapping: TableMapping, keep: readonly string[] = []): string =>
  mapping.statement(
    `upsert/${keep.join()}`,
    () => `${upsertText(mapping, keep, 1)} RETURNING ${mapping.dialect.quote(revision)}`,
  );

/** So many rows as {@link insertOnly} or, with the columns that stored ones `keep`, as {@link insertOrReplace}. */
export const insertMany = (mapping: TableMapping, rows: number, keep?: readonly string[]): string =>
  mapping.statement(`many/${rows}/${keep?.join() ?? "-"}`, () =>
    keep
      ? `${upsertText(mapping, keep, rows)} RETURNING ${mapping.dialect.quote(revision)}`
      : insertText(mapping, "", rows),
  );

/** Inserts or replaces so many rows and tells nothing. */
export const insertOrReplaceAll = (mapping: TableMapping, rows: number): string =>
  mapping.statement(`upserts/${rows}`, () => upsertText(mapping, [], rows));

export function rowArgs(mapping: TableMapping, op: Put, rev: number): SqlValue[] {
  const args: SqlValue[] = [];
  const row = op.row as Readonly<Record<string, SqlValue>>;
  for (const column of mapping.columns) bind(args, mapping, column, row[column.name] ?? null);
  args.push(rev);
  return args;
}

/** The value of a column for all that it is in the database. */
function bind(args: SqlValue[], mapping: TableMapping, column: MappedColumn, value: SqlValue): void {
  args.push(mapping.stored(column, value));
  if (column.long) args.push(value === null ? null : (column.storage.whole?.(value) ?? null));
}

/** The columns of an existing row that an upsert replaces. */
const replacedColumns = (mapping: TableMapping, keep: readonly string[] = []): readonly MappedColumn[] =>
  mapping.derive(`replaced/${keep.join()}`, () =>
    mapping.columns.filter(
      ({ name }) => !keep.includes(name) && !(mapping.table.key as readonly string[]).includes(name),
    ),
  );

/** A change of one existing row. */
export interface Update {
  readonly sql: string;
  readonly args: SqlValue[];
}

/** The revision a change gives: `next` alone where the stored one is `expected`, else the greater of it and the stored plus 1. */
export interface Revisions {
  readonly next: number;
  readonly expected?: number;
}

/** What an upsert does to an existing row. Gives the new revision as a row, unless one is expected. */
export function replaceExisting(mapping: TableMapping, op: Put, revisions: Revisions): Update {
  const columns = replacedColumns(mapping, op.keep);
  const sql = mapping.statement(`replace/${op.keep?.join() ?? ""}/${mark(revisions)}`, () =>
    updateText(
      mapping,
      columns.flatMap(physical).map((name) => `${name} = ?`),
      revisions,
    ),
  );
  const row = op.row as Readonly<Record<string, SqlValue>>;
  const args: SqlValue[] = [];
  for (const column of columns) bind(args, mapping, column, row[column.name] ?? null);
  args.push(...updateArgs(mapping, keyOf(op.table, op.row), revisions));
  return { sql, args };
}

/** What a patch does. Gives the new revision as a row, unless one is expected. */
export function patchExisting(mapping: TableMapping, op: Patch, revisions: Revisions): Update {
  const raise = Object.entries(op.raise ?? {});
  const raised = new Set(raise.map(([name]) => name));
  const set = Object.entries(op.set ?? {}).filter(([name, value]) => value !== undefined && !raised.has(name));
  const shape = `patch/${set.map(([name]) => name).join()}/${raise.map(([name]) => name).join()}/${mark(revisions)}`;
  const sql = mapping.statement(shape, () => {
    const sets = set.flatMap(([name]) => physical(mapping.column(name))).map((name) => `${name} = ?`);
    for (const [name] of raise) {
      const { quoted, type } = mapping.column(name);
      sets.push(`${quoted} = CASE WHEN ${quoted} >= ? THEN ${mapping.dialect.successor(quoted, type)} ELSE ? END`);
    }
    return updateText(mapping, sets, revisions);
  });
  const args: SqlValue[] = [];
  for (const [name, value] of set) bind(args, mapping, mapping.column(name), value as SqlValue);
  for (const [name, value] of raise) {
    const stored = mapping.stored(mapping.column(name), value);
    args.push(stored, stored);
  }
  args.push(...updateArgs(mapping, op.key, revisions));
  return { sql, args };
}

export function removeExisting(mapping: TableMapping, key: Key, expected?: number): Update {
  const sql = mapping.statement(`remove/${expected === undefined ? "" : "r"}`, () => {
    const condition = expected === undefined ? "" : ` AND ${mapping.dialect.quote(revision)} = ?`;
    return `DELETE FROM ${mapping.quoted} WHERE ${keyCondition(mapping)}${condition}`;
  });
  return { sql, args: [...storedKey(mapping, key), ...(expected === undefined ? [] : [expected])] };
}

const mark = ({ expected }: Revisions) => (expected === undefined ? "" : "r");

function updateText(mapping: TableMapping, sets: readonly string[], { expected }: Revisions): string {
  const { dialect } = mapping;
  const rev = dialect.quote(revision);
  const greater = dialect.greatest(`${rev} + 1`, "?");
  const next = expected === undefined ? (dialect.tellRevision?.(greater) ?? greater) : "?";
  const text = `UPDATE ${mapping.quoted} SET ${[...sets, `${rev} = ${next}`].join(", ")} WHERE ${keyCondition(mapping)}`;
  if (expected !== undefined) return `${text} AND ${rev} = ?`;
  return dialect.tellRevision ? text : `${text} RETURNING ${rev}`;
}

function updateArgs(mapping: TableMapping, key: Key, { next, expected }: Revisions): SqlValue[] {
  return [next, ...storedKey(mapping, key), ...(expected === undefined ? [] : [expected])];
}
