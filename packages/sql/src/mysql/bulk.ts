import type { Key, WriteOp } from "@stowage/core/engine";
import type { SqlValue, Statement } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { rowArgs, storedKey } from "../write/change.ts";
import type { BatchContext } from "../write/interactive.ts";
import { removeAll, upsertAll } from "./statements.ts";

/** Rows of one statement; a rest goes in statements of these lengths, so that few texts recur. */
const lengths = [100, 30, 10, 3, 1];

/** Characters of one statement; a longer row is a statement by itself. */
const longest = 500_000;

/** How many of the rows go into the next statement. */
export function countFor(rows: readonly (readonly SqlValue[])[]): number {
  let size = 0;
  let fitting = 0;
  for (const row of rows) {
    for (const value of row) size += typeof value === "string" ? value.length : 8;
    if (size > longest && fitting > 0) break;
    if (++fitting === lengths[0]) break;
  }
  return lengths.find((count) => count <= fitting) ?? 1;
}

/** Cuts rows into statements. */
export function inStatements(
  rows: readonly (readonly SqlValue[])[],
  textOf: (rows: number) => string,
): { readonly sql: string; readonly args: readonly SqlValue[]; readonly rows: number }[] {
  const statements: { sql: string; args: SqlValue[]; rows: number }[] = [];
  for (let from = 0; from < rows.length; ) {
    const part = rows.slice(from, from + (lengths[0] as number));
    const count = countFor(part);
    statements.push({ sql: textOf(count), args: part.slice(0, count).flat(), rows: count });
    from += count;
  }
  return statements;
}

/** The bulk form as statements, rows of one table together: nothing is expected and nothing is told. */
export function bulkStatements(ops: readonly WriteOp[], { mappingOf, sequence }: BatchContext): Statement[] {
  const rows = new Map<TableMapping, SqlValue[][]>();
  const removed = new Map<TableMapping, SqlValue[][]>();
  const listOf = (lists: Map<TableMapping, SqlValue[][]>, mapping: TableMapping) => {
    const known = lists.get(mapping) ?? [];
    if (known.length === 0) lists.set(mapping, known);
    return known;
  };
  for (const op of ops) {
    const mapping = mappingOf(op);
    if (op.op === "remove") listOf(removed, mapping).push(storedKey(mapping, op.key as Key));
    else if (op.op === "put") listOf(rows, mapping).push(rowArgs(mapping, op, sequence()));
  }
  return [
    ...[...rows].flatMap(([mapping, list]) => {
      const checked = mapping.table.unique.length > 0;
      return inStatements(list, (count) => upsertAll(mapping, count, { next: "greater", checked }));
    }),
    ...[...removed].flatMap(([mapping, list]) => inStatements(list, (count) => removeAll(mapping, count))),
  ];
}
