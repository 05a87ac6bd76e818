import type { Put, WriteOp } from "@stowage/core/engine";
import type { SqlValue, Statement } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { keyOfOp, storedKey } from "../write/change.ts";
import type { BatchContext } from "../write/interactive.ts";
import { keyLists, removeRows, replaceRows, rowLists } from "./rows.ts";

/** The bulk form: one statement for what a table gets, and one for what it loses. Nothing is expected and nothing is told. */
export function bulkStatements(ops: readonly WriteOp[], { mappingOf, sequence }: BatchContext): Statement[] {
  const written = new Map<TableMapping, Put["row"][]>();
  const removed = new Map<TableMapping, SqlValue[][]>();
  const add = <Item>(into: Map<TableMapping, Item[]>, mapping: TableMapping, item: Item) => {
    const known = into.get(mapping);
    if (known) known.push(item);
    else into.set(mapping, [item]);
  };
  for (const op of ops) {
    const mapping = mappingOf(op);
    if (op.op === "put") add(written, mapping, op.row);
    else add(removed, mapping, storedKey(mapping, keyOfOp(op)));
  }
  return [
    ...Array.from(written, ([mapping, rows]) => ({
      sql: replaceRows(mapping),
      args: rowLists(
        mapping,
        rows,
        rows.map(() => sequence()),
      ),
    })),
    ...Array.from(removed, ([mapping, keys]) => ({ sql: removeRows(mapping), args: keyLists(keys) })),
  ];
}
