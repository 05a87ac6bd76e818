import { type Capabilities, describeKey, keyOfOp, StorageError, type WriteOp } from "@stowage/core/engine";

const encoder = new TextEncoder();
const valuesOf = (op: WriteOp) => (op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {});

/** Bytes of UTF-8 of a text; without `exact` an upper bound of them. */
const bytesOf = (text: string, exact: boolean) => (exact ? encoder.encode(text).length : text.length * 3);

function sizeOf(op: WriteOp, exact: boolean): number {
  let size = 0;
  for (const value of Object.values(valuesOf(op))) size += typeof value === "string" ? bytesOf(value, exact) : 16;
  return size;
}

/** @throws StorageError `too_large` when a value is larger than a column takes. */
export function checkValues(ops: readonly WriteOp[], limit: number): void {
  for (const op of ops) {
    for (const [column, value] of Object.entries(valuesOf(op))) {
      if (typeof value !== "string" || bytesOf(value, false) <= limit || bytesOf(value, true) <= limit) continue;
      throw new StorageError("a value is larger than a column takes", {
        code: "too_large",
        details: { table: op.table.name, key: describeKey(keyOfOp(op)), column, limit },
      });
    }
  }
}

/** @throws StorageError `too_large` when a batch is larger than one transaction may be. */
export function checkAtomicLimit(ops: readonly WriteOp[], { records, bytes }: Capabilities["atomicLimit"]): void {
  const refuse = (limit: number, unit: string) =>
    new StorageError("the batch is larger than one transaction may be", {
      code: "too_large",
      details: { table: ops[0]?.table.name ?? "", limit, unit },
    });
  if (ops.length > records) throw refuse(records, "records");
  const total = (exact: boolean) => ops.reduce((sum, op) => sum + sizeOf(op, exact), 0);
  if (total(false) > bytes && total(true) > bytes) throw refuse(bytes, "bytes");
}

/** Cuts the bulk form at the engine's limits. One operation is never cut. */
export function cutBulk(ops: readonly WriteOp[], { records, bytes }: Capabilities["bulkLimit"]): WriteOp[][] {
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
