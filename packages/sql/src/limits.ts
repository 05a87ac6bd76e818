import { type Capabilities, StorageError, type WriteOp } from "@stowage/core/engine";

const encoder = new TextEncoder();

/** Bytes of UTF-8 that an operation has; without `exact` an upper bound of them. */
function sizeOf(op: WriteOp, exact: boolean): number {
  const values = op.op === "put" ? Object.values(op.row) : op.op === "patch" ? Object.values(op.set ?? {}) : [];
  let size = 0;
  for (const value of values) {
    size += typeof value === "string" ? (exact ? encoder.encode(value).length : value.length * 3) : 16;
  }
  return size;
}

/** @throws StorageError `too_large` when a batch is larger than one transaction may be. */
export function checkAtomicLimit(ops: readonly WriteOp[], { atomicLimit }: Capabilities): void {
  const refuse = (size: number, limit: number, unit: string) =>
    new StorageError("the batch is larger than one transaction may be", {
      code: "too_large",
      details: { table: ops[0]?.table.name ?? "", size, limit, unit },
    });
  if (ops.length > atomicLimit.records) throw refuse(ops.length, atomicLimit.records, "records");
  const total = (exact: boolean) => ops.reduce((sum, op) => sum + sizeOf(op, exact), 0);
  if (total(false) <= atomicLimit.bytes) return;
  const size = total(true);
  if (size > atomicLimit.bytes) throw refuse(size, atomicLimit.bytes, "bytes");
}

/** Cuts the bulk form at the engine's limits. One operation is never cut. */
export function cutBulk(ops: readonly WriteOp[], { bulkLimit }: Capabilities): WriteOp[][] {
  const parts: WriteOp[][] = [];
  let part: WriteOp[] = [];
  let bytes = 0;
  for (const op of ops) {
    const size = sizeOf(op, false);
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

/** @throws TypeError when an operation is more than a plain upsert or removal. */
export function checkBulk(ops: readonly WriteOp[]): void {
  for (const op of ops) {
    const plain =
      op.expect === undefined && (op.op === "remove" || (op.op === "put" && op.mode === "upsert" && !op.keep?.length));
    if (!plain) {
      throw new TypeError(
        `table ${op.table.name}: the bulk form takes upserts without keep and removals, without expectations`,
      );
    }
  }
}
