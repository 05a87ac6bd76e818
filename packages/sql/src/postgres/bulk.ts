import type { WriteOp } from "@stowage/core/engine";
import type { SqlValue, Statement } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { keyOfOp, rowArgs, storedKey } from "../write/change.ts";
import type { BatchContext } from "../write/interactive.ts";
import { asLists, removeRows, replaceRows } from "./rows.ts";

/** The bulk form: one statement for what a table gets, and one for what it loses. Nothing is expected and nothing is told. */
export function bulkStatements(ops: readonly WriteOp[], { mappingOf, sequence }: BatchContext): Statement[] {
  const written = new Map<TableMapping, SqlValue[][]>();
  const removed = new Map<TableMapping, SqlValue[][]>();
  for (const op of ops) {
    const mapping = mappingOf(op);
    const into = op.op === "remove" ? removed : written;
    const rows = into.get(mapping) ?? [];
    if (rows.length === 0) into.set(mapping, rows);
    rows.push(op.op === "put" ? rowArgs(mapping, op, sequence()) : storedKey(mapping, keyOfOp(op)));
  }
  return [
    ...[...written].map(([mapping, rows]) => ({ sql: replaceRows(mapping), args: asLists(mapping.columns, rows) })),
    ...[...removed].map(([mapping, keys]) => ({
      sql: removeRows(mapping),
      args: asLists(
        mapping.table.key.map((name) => mapping.column(name)),
        keys,
      ),
    })),
  ];
}
