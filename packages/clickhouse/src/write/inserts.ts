import { type EngineValue, encodeTuple, type Key, keyOfOp, type WriteOp } from "@stowage/core/engine";
import type { Insert } from "../connection.ts";
import type { MappedColumn, TableMapping } from "../mapping.ts";

/** What columns that this declaration does not know hold in rows that are written anew, by key. */
export type UnknownValues = ReadonlyMap<string, readonly unknown[]>;

export interface InsertContext {
  /** The next revision. */
  sequence(): number;
  /** An identifier that no other call has. */
  id(): string;
  readonly unknownColumns: readonly string[];
  readonly unknownValues: UnknownValues;
}

/**
 * Upserts and removals as rows for an insert. A removal is a row too: its key, and that it is gone. Columns that are null in all
 * of the rows are not sent: that is what they are without.
 */
export function insertOf(
  mapping: TableMapping,
  ops: readonly WriteOp[],
  context: InsertContext,
): Insert & { readonly revisions: readonly number[] } {
  const { unknownColumns, unknownValues } = context;
  const { columns } = mapping;
  const nothing = unknownColumns.map(() => null);
  const revisions = ops.map(() => context.sequence());
  const isUsed = columns.map((column) => mapping.key.includes(column));
  const rows = ops.map((op) => {
    if (op.op !== "put") return tombstone(mapping, keyOfOp(op));
    return columns.map(({ name, storage }, index) => {
      const value = (op.row as Readonly<Record<string, EngineValue | undefined>>)[name] ?? null;
      if (value === null) return null;
      isUsed[index] = true;
      return storage.encode(value);
    });
  });
  const used = [...isUsed.keys()].filter((index) => isUsed[index]);
  return {
    revisions,
    table: mapping.quoted,
    columns: [...used.map((index) => (columns[index] as MappedColumn).name), ...unknownColumns, "_rev", "_deleted"],
    token: context.id(),
    rows: rows.map((values, at) => {
      const op = ops[at] as WriteOp;
      const unknown =
        unknownColumns.length > 0 && op.op === "put" ? unknownValues.get(encodeTuple(keyOfOp(op))) : undefined;
      const row: unknown[] = used.map((index) => values[index]);
      row.push(...(unknown ?? nothing), revisions[at], op.op === "put" ? 0 : 1);
      return row;
    }),
  };
}

/** Columns that are no part of the key get what an absent value is there. */
const tombstone = (mapping: TableMapping, key: Key) =>
  mapping.columns.map((column) => {
    const index = mapping.table.key.indexOf(column.name);
    return index < 0 ? null : column.encode(key[index] as EngineValue);
  });
