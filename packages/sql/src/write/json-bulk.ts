import type { WriteOp } from "@stowage/core/engine";
import type { SqlValue, Statement } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { insertOrReplaceAll, keyOfOp, removeExisting, replacingClause, rowArgs, storedKey } from "./change.ts";
import type { BatchContext } from "./interactive.ts";

/** Longest list of rows or keys as JSON, in bytes. */
const longestJson = 1_500_000;

/** A row for each item of the list, and one part of an item. */
export const items = "json_each(?) AS j";
export const item = (part: number): string => `j.value->>${part}`;

/**
 * The bulk form for a SQLite of few parameters: all rows of a table travel as one JSON text, and all keys to remove as another.
 * Rows that JSON would not carry exactly go by themselves.
 */
export function jsonBulk(ops: readonly WriteOp[], { mappingOf, sequence }: BatchContext): Statement[] {
  const rows = new Map<TableMapping, SqlValue[][]>();
  const keys = new Map<TableMapping, SqlValue[][]>();
  const collect = (into: Map<TableMapping, SqlValue[][]>, mapping: TableMapping, values: SqlValue[]) => {
    const known = into.get(mapping);
    if (known) known.push(values);
    else into.set(mapping, [values]);
  };
  for (const op of ops) {
    const mapping = mappingOf(op);
    if (op.op === "put") collect(rows, mapping, rowArgs(mapping, op, sequence()));
    else if (op.op === "remove") collect(keys, mapping, storedKey(mapping, keyOfOp(op)));
  }
  return [
    ...[...rows].flatMap(([mapping, all]) => upserts(mapping, all)),
    ...[...keys].flatMap(([mapping, all]) => removals(mapping, all)),
  ];
}

/** Whether JSON carries a row exactly. */
export const travels = (mapping: TableMapping, row: readonly SqlValue[]): boolean =>
  mapping.columns.every(
    ({ storage }, index) => storage.throughJson || row[index] === null || Number.isSafeInteger(row[index]),
  );

/** An INSERT of all rows of a JSON text; `onConflict` says what happens when a key is taken. */
export function insertFromJson({ dialect, columns, quoted }: TableMapping, onConflict: string): string {
  const names = [...columns.map((column) => column.quoted), dialect.quote(revision)];
  const parts = names.map((_, index) => item(index));
  // Without a WHERE the parser takes ON for a condition of the join.
  const source = `SELECT ${parts.join(", ")} FROM ${items} WHERE true`;
  return `INSERT INTO ${quoted} (${names.join(", ")}) ${source}${onConflict}`;
}

function upserts(mapping: TableMapping, rows: readonly SqlValue[][]): Statement[] {
  const sql = mapping.statement("upserts/json", () => insertFromJson(mapping, replacingClause(mapping, [])));
  const { lists, rest } = asLists(rows, (row) => travels(mapping, row));
  return [
    ...lists.map((list) => ({ sql, args: [list] })),
    ...rest.map((args) => ({ sql: insertOrReplaceAll(mapping, 1), args })),
  ];
}

function removals(mapping: TableMapping, keys: readonly SqlValue[][]): Statement[] {
  const { key } = mapping.table;
  const { lists, rest } = asLists(keys, () => key.every((name) => mapping.column(name).storage.throughJson));
  const sql = mapping.statement("removes/json", () => {
    const names = key.map((name) => mapping.column(name).quoted).join(", ");
    const parts = key.map((_, index) => item(index)).join(", ");
    return `DELETE FROM ${mapping.quoted} WHERE (${names}) IN (SELECT ${parts} FROM ${items})`;
  });
  return [
    ...lists.map((list) => ({ sql, args: [list] })),
    ...rest.map((part) => ({ ...removeExisting(mapping, []), args: part })),
  ];
}

const encoder = new TextEncoder();

/** Items that travel, as JSON lists of bounded length. */
export const asJson = (items: readonly SqlValue[][]): string[] => asLists(items, () => true).lists;

/** The same; `rest` are those that do not travel so, or are too long. */
function asLists(
  items: readonly SqlValue[][],
  travels: (item: readonly SqlValue[]) => boolean,
): { lists: string[]; rest: SqlValue[][] } {
  const lists: string[] = [];
  const rest: SqlValue[][] = [];
  let part: string[] = [];
  let length = 0;
  const end = () => {
    if (part.length > 0) lists.push(`[${part.join()}]`);
    part = [];
    length = 0;
  };
  for (const item of items) {
    const text = travels(item) ? JSON.stringify(item) : undefined;
    const size = text === undefined ? 0 : encoder.encode(text).length + 1;
    if (text === undefined || size > longestJson) {
      rest.push(item);
      continue;
    }
    if (length + size > longestJson) end();
    part.push(text);
    length += size;
  }
  end();
  return { lists, rest };
}
