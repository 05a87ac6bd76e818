import { type EngineValue, encodeTuple, type Key, keyOfOp, type WriteOp } from "@stowage/core/engine";
import type { Insert } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";

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

/** Upserts and removals as rows for an insert. A removal is a row too: its key, and that it is gone. */
export function insertOf(
  mapping: TableMapping,
  ops: readonly WriteOp[],
  context: InsertContext,
): Insert & { readonly revisions: readonly number[] } {
  const { unknownColumns, unknownValues } = context;
  const nothing = unknownColumns.map(() => null);
  const revisions = ops.map(() => context.sequence());
  return {
    revisions,
    table: mapping.quoted,
    columns: [...mapping.columns.map(({ name }) => name), ...unknownColumns, "_rev", "_deleted"],
    token: context.id(),
    rows: ops.map((op, index) => {
      const key = keyOfOp(op);
      const rev = revisions[index];
      if (op.op !== "put") return [...tombstone(mapping, key), ...nothing, rev, 1];
      const values = mapping.columns.map((column) =>
        column.encode((op.row as Record<string, EngineValue>)[column.name] ?? null),
      );
      const unknown = unknownColumns.length > 0 ? unknownValues.get(encodeTuple(key)) : undefined;
      return [...values, ...(unknown ?? nothing), rev, 0];
    }),
  };
}

/** Columns that are no part of the key get what an absent value is there. */
const tombstone = (mapping: TableMapping, key: Key) =>
  mapping.columns.map((column) => {
    const index = mapping.table.key.indexOf(column.name);
    return index < 0 ? null : column.encode(key[index] as EngineValue);
  });
