import { type Capabilities, describeKey, keyOfOp, StorageError, type WriteOp } from "@stowage/core/engine";

const encoder = new TextEncoder();

/** @throws StorageError `too_large` when a value is larger than a column takes. */
export function checkValues(ops: readonly WriteOp[], { maxValueBytes: limit }: Capabilities): void {
  for (const op of ops) {
    if (op.op !== "put") continue;
    for (const [column, value] of Object.entries(op.row)) {
      if (typeof value !== "string" || value.length * 3 <= limit || encoder.encode(value).length <= limit) continue;
      throw new StorageError("a value is larger than a column takes", {
        code: "too_large",
        details: { table: op.table.name, key: describeKey(keyOfOp(op)), column, limit },
      });
    }
  }
}

/** Cuts the operations on one table into inserts. One operation is never cut. */
export function cutBulk(ops: readonly WriteOp[], { bulkLimit }: Capabilities): WriteOp[][] {
  const parts: WriteOp[][] = [];
  let part: WriteOp[] = [];
  let bytes = 0;
  for (const op of ops) {
    const size = sizeOf(op);
    if (part.length > 0 && (part.length >= bulkLimit.records || bytes + size > bulkLimit.bytes)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(op);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function sizeOf(op: WriteOp): number {
  let size = 16;
  for (const value of op.op === "put" ? Object.values(op.row) : []) {
    size += typeof value === "string" ? value.length : 16;
  }
  return size;
}
