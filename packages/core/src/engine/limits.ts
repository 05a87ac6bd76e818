import { StorageError } from "../errors.ts";
import { keyOfOp } from "./apply.ts";
import type { Capabilities } from "./capabilities.ts";
import { describeKey } from "./keys.ts";
import type { WriteOp } from "./operations.ts";

const encoder = new TextEncoder();

const valuesOf = (op: WriteOp) => (op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {});

/** Bytes of UTF-8 of an operation's values; without `exact` an upper bound of them. */
function sizeOf(op: WriteOp, exact: boolean): number {
  let size = 0;
  const values: Readonly<Record<string, unknown>> = valuesOf(op);
  for (const column in values) {
    const value = values[column];
    size += typeof value === "string" ? (exact ? encoder.encode(value).length : value.length * 3) : 16;
  }
  return size;
}

/** @throws StorageError `too_large` when a value is larger than a column takes. */
export function checkValues(ops: readonly WriteOp[], { maxValueBytes: limit }: Capabilities): void {
  for (const op of ops) {
    const values: Readonly<Record<string, unknown>> = valuesOf(op);
    for (const column in values) {
      const value = values[column];
      if (typeof value !== "string" || value.length * 3 <= limit || encoder.encode(value).length <= limit) continue;
      throw new StorageError("a value is larger than a column takes", {
        code: "too_large",
        details: { table: op.table.name, key: describeKey(keyOfOp(op)), column, limit },
      });
    }
  }
}

/** @throws StorageError `too_large` when a batch is larger than one write takes. */
export function checkAtomicLimit(
  ops: readonly WriteOp[],
  { atomicLimit: { records, bytes } }: Pick<Capabilities, "atomicLimit">,
): void {
  const refuse = (size: number, limit: number, unit: string) =>
    new StorageError("the batch is larger than one write takes", {
      code: "too_large",
      details: { table: ops[0]?.table.name ?? "", size, limit, unit },
    });
  if (ops.length > records) throw refuse(ops.length, records, "records");
  const total = (exact: boolean) => ops.reduce((sum, op) => sum + sizeOf(op, exact), 0);
  if (total(false) <= bytes) return;
  const size = total(true);
  if (size > bytes) throw refuse(size, bytes, "bytes");
}

/** Cuts the bulk form at the engine's limits. One operation is never cut. */
export function cutBulk(
  ops: readonly WriteOp[],
  { bulkLimit: { records, bytes } }: Pick<Capabilities, "bulkLimit">,
): WriteOp[][] {
  const parts: WriteOp[][] = [];
  let part: WriteOp[] = [];
  let size = 0;
  for (const op of ops) {
    const own = sizeOf(op, false);
    if (part.length > 0 && (part.length >= records || size + own > bytes)) {
      parts.push(part);
      part = [];
      size = 0;
    }
    part.push(op);
    size += own;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
