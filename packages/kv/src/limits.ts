import { type Capabilities, describeKey, keyOfOp, StorageError } from "@stowage/core/engine";
import type { KvWrite } from "./port.ts";

const encoder = new TextEncoder();

/** Bytes of UTF-8; a lone surrogate counts what it takes as an escape. */
export const bytesOf = (text: string): number => encoder.encode(text).length;

/** Bytes of an operation's values; without `exact` never less than they are. */
function sizeOf({ op }: KvWrite, exact: boolean): number {
  const values = op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {};
  let size = 0;
  for (const value of Object.values(values)) {
    size += typeof value === "string" ? (exact ? bytesOf(value) : value.length * 3) : 16;
  }
  return size;
}

/** @throws StorageError `too_large` for a batch or value above the declared limits. */
export function checkSizes(
  batch: readonly KvWrite[],
  { atomicLimit, maxValueBytes }: Capabilities,
  atomic: boolean,
): void {
  for (const write of batch) checkValues(write, maxValueBytes);
  if (!atomic) return;
  const refuse = (limit: number, unit: string) =>
    new StorageError("the batch is larger than one write takes", {
      code: "too_large",
      details: { table: batch[0]?.layout.table.name ?? "", limit, unit },
    });
  if (batch.length > atomicLimit.records) throw refuse(atomicLimit.records, "records");
  const total = (exact: boolean) => batch.reduce((sum, write) => sum + sizeOf(write, exact), 0);
  if (total(false) > atomicLimit.bytes && total(true) > atomicLimit.bytes) throw refuse(atomicLimit.bytes, "bytes");
}

function checkValues({ op, layout }: KvWrite, limit: number): void {
  const values = op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {};
  for (const [column, value] of Object.entries(values)) {
    if (
      typeof value !== "string" ||
      value.length * 3 <= limit ||
      bytesOf(value) <= limit ||
      layout.keyed.includes(column)
    )
      continue;
    throw new StorageError("a value is larger than a column takes", {
      code: "too_large",
      details: { table: op.table.name, key: describeKey(keyOfOp(op)), column, limit },
    });
  }
}

/** Cuts the bulk form at the declared limit. One operation is never cut. */
export function cutBulk(batch: readonly KvWrite[], { bulkLimit }: Capabilities): KvWrite[][] {
  const parts: KvWrite[][] = [];
  let bytes = 0;
  for (const write of batch) {
    const part = parts.at(-1);
    const size = sizeOf(write, false);
    if (part && part.length < bulkLimit.records && bytes + size <= bulkLimit.bytes) {
      part.push(write);
      bytes += size;
    } else {
      parts.push([write]);
      bytes = size;
    }
  }
  return parts;
}
