import { keyOfOp } from "../../engine/apply.ts";
import type { Capabilities } from "../../engine/capabilities.ts";
import { describeKey } from "../../engine/keys.ts";
import type { WriteOp } from "../../engine/operations.ts";
import { StorageError } from "../../errors.ts";

const encoder = new TextEncoder();

/** @throws StorageError `too_large` when a batch exceeds the limit that a layer declares. */
export function checkAtomicLimit(ops: readonly WriteOp[], { records, bytes }: Capabilities["atomicLimit"]): void {
  const refuse = (limit: number, unit: string) =>
    new StorageError("the batch is larger than one write takes", {
      code: "too_large",
      details: { table: ops[0]?.table.name ?? "", limit, unit },
    });
  if (ops.length > records) throw refuse(records, "records");
  if (sizeOf(ops, (text) => text.length * 3) <= bytes) return;
  if (sizeOf(ops, (text) => encoder.encode(text).length) > bytes) throw refuse(bytes, "bytes");
}

/** @throws StorageError `too_large` when a value exceeds the limit that a layer declares. */
export function checkValues(ops: readonly WriteOp[], limit: number): void {
  for (const op of ops) {
    const values = op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {};
    for (const [column, value] of Object.entries(values)) {
      if (typeof value !== "string" || value.length * 3 <= limit || encoder.encode(value).length <= limit) continue;
      throw new StorageError("a value is larger than a column takes", {
        code: "too_large",
        details: { table: op.table.name, key: describeKey(keyOfOp(op)), column, limit },
      });
    }
  }
}

function sizeOf(ops: readonly WriteOp[], lengthOf: (text: string) => number): number {
  let size = 0;
  for (const op of ops) {
    const values = op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {};
    for (const value of Object.values(values)) size += typeof value === "string" ? lengthOf(value) : 16;
  }
  return size;
}
