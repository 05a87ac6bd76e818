import type { Capabilities } from "../../engine/capabilities.ts";
import type { WriteOp } from "../../engine/operations.ts";

/** What an operation needs beside its values: names, keys, framing. */
const overhead = 256;
const encoder = new TextEncoder();

/** Whether the operations go into one atomic batch. Sizes are bounded from above first, and measured only near the limit. */
export function fitsAtomically(ops: readonly WriteOp[], { atomicLimit }: Capabilities): boolean {
  if (ops.length > atomicLimit.records) return false;
  let bound = 0;
  for (const op of ops) bound += sizeOf(op, widest);
  if (bound <= atomicLimit.bytes) return true;
  let bytes = 0;
  for (const op of ops) bytes += sizeOf(op, exact);
  return bytes <= atomicLimit.bytes;
}

/**
 * Cuts operations, in order, into runs that each go into one atomic batch beside `reserved` small operations. An operation
 * that is too large by itself stands alone.
 */
export function cutAtomically(
  ops: readonly WriteOp[],
  { atomicLimit }: Capabilities,
  reserved = 0,
): [WriteOp, ...WriteOp[]][] {
  const most = Math.max(1, atomicLimit.records - reserved);
  const room = atomicLimit.bytes - reserved * overhead * 4;
  const runs: [WriteOp, ...WriteOp[]][] = [];
  let run: [WriteOp, ...WriteOp[]] | undefined;
  let bytes = 0;
  for (const op of ops) {
    const size = sizeOf(op, exact);
    if (run && run.length < most && bytes + size <= room) {
      run.push(op);
      bytes += size;
    } else {
      runs.push((run = [op]));
      bytes = size;
    }
  }
  return runs;
}

const widest = (value: string) => value.length * 3;
const exact = (value: string) => (value.length < 1024 ? value.length * 3 : encoder.encode(value).length);

function sizeOf(op: WriteOp, measure: (value: string) => number): number {
  const values = op.op === "put" ? op.row : op.op === "patch" ? op.set : undefined;
  let size = overhead;
  for (const name in values) {
    const value = (values as Record<string, unknown>)[name];
    size += typeof value === "string" ? measure(value) : 16;
  }
  return size;
}
