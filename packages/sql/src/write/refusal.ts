import type { ConflictError, WriteOp } from "@stowage/core/engine";
import type { TableMapping } from "../mapping.ts";
import { refuse } from "./change.ts";

/** The refusal that a violated unique key or primary key stands for, or `undefined` for any other error. */
export function refusedByConstraint(
  mapping: TableMapping,
  op: WriteOp,
  index: number,
  error: unknown,
): ConflictError | undefined {
  const violation = mapping.dialect.violation(error);
  if (violation?.kind !== "unique") return undefined;
  const same = (columns: readonly string[]) =>
    columns.length === violation.columns.length && columns.every((column) => violation.columns.includes(column));
  const named = mapping.names.indexes.find(({ name, unique }) => unique && name === violation.constraint);
  const unique = mapping.table.unique.find(({ columns }) => same(columns) || columns.join() === named?.columns.join());
  if (unique) return refuse(op, index, "unique", unique.name);
  return same(mapping.table.key) ? refuse(op, index, "absent") : undefined;
}
