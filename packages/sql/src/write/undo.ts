import type { WriteOp } from "@stowage/core/engine";
import type { Session, SqlValue } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { keyCondition } from "../read/get.ts";
import { insertOnly, keyOfOp, removeExisting, storedKey } from "./change.ts";
import type { BatchContext } from "./interactive.ts";

/**
 * Runs a batch in a session that cannot roll back: when it fails, every record is made again what it was before. Nothing else
 * runs meanwhile, so nobody sees it happen.
 */
export function orPutBack<Result>(
  session: Session,
  ops: readonly WriteOp[],
  { mappingOf }: BatchContext,
  apply: () => Result,
): Result {
  const before = ops
    .filter(({ op }) => op !== "check")
    .map((op) => {
      const mapping = mappingOf(op);
      const key = storedKey(mapping, keyOfOp(op));
      return { op, mapping, key, row: session.one(storedRow(mapping), key) };
    });
  try {
    return apply();
  } catch (error) {
    // All go first, so that no value of a unique key is in the way of one that comes back.
    for (const { op, mapping, key } of before) session.run(removeExisting(mapping, keyOfOp(op)).sql, key);
    for (const { mapping, row } of before) if (row) session.run(insertOnly(mapping), row as SqlValue[]);
    throw error;
  }
}

/** The whole record as it is stored, in the order in which it is inserted. */
const storedRow = (mapping: TableMapping): string =>
  mapping.statement("stored", () => {
    const names = [...mapping.columns.map(({ quoted }) => quoted), mapping.dialect.quote(revision)];
    return `SELECT ${names.join(", ")} FROM ${mapping.quoted} WHERE ${keyCondition(mapping)}`;
  });
