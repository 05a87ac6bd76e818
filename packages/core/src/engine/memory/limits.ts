import { type ErrorDetails, StorageError } from "../../errors.ts";
import type { Capabilities } from "../capabilities.ts";
import type { WriteOptions } from "../engine.ts";
import { describeKey } from "../keys.ts";
import type { WriteOp } from "../operations.ts";
import { keyOf, type Table } from "../table.ts";

/** Refuses what is larger than the engine declares. @throws StorageError `too_large`. */
export function checkLimits(
  ops: readonly WriteOp[],
  capabilities: Capabilities,
  { atomic = true }: WriteOptions = {},
): void {
  const { atomicLimit, maxValueBytes } = capabilities;
  if (atomic && ops.length > atomicLimit.records) {
    throw tooLarge("the batch has more records than one write takes", ops[0], { limit: atomicLimit.records });
  }
  let total = 0;
  for (const op of ops) {
    const values = op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {};
    for (const [column, value] of Object.entries(values)) {
      const bytes = typeof value === "string" ? bytesOf(value, maxValueBytes) : 16;
      if (bytes > maxValueBytes && typeof value === "string" && !isOrdered(op.table, column)) {
        throw tooLarge("a value is larger than a column takes", op, { column, limit: maxValueBytes });
      }
      total += bytes;
    }
  }
  if (atomic && total > atomicLimit.bytes) {
    throw tooLarge("the batch has more bytes than one write takes", ops[0], { limit: atomicLimit.bytes });
  }
}

/** Keys, paths and unique keys have limits of their own. */
const isOrdered = ({ key, paths, unique }: Table, column: string): boolean =>
  key.includes(column) ||
  Object.values(paths).some(({ order, eq }) => order.includes(column) || eq.includes(column)) ||
  unique.some(({ columns }) => columns.includes(column));

const encoder = new TextEncoder();

/** Length in UTF-8; counted only where it may matter. */
const bytesOf = (value: string, limit: number): number =>
  value.length * 3 <= Math.min(limit, 1024) ? value.length : encoder.encode(value).length;

function tooLarge(message: string, op: WriteOp | undefined, details: ErrorDetails): StorageError {
  const where = op && { table: op.table.name, key: describeKey(op.op === "put" ? keyOf(op.table, op.row) : op.key) };
  return new StorageError(message, { code: "too_large", details: { ...where, ...details } });
}
