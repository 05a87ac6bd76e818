import { ConflictError } from "../errors.ts";
import type { EngineValue } from "./column.ts";
import { describeKey } from "./keys.ts";
import type { Key, Patch, Put, WriteOp } from "./operations.ts";
import { keyOf } from "./table.ts";

/** A record as it is stored. */
export type StoredRecord = Readonly<Record<string, EngineValue>> & { readonly _rev: number };

/** The key of the record that an operation is about. */
export const keyOfOp = (op: WriteOp): Key => (op.op === "put" ? keyOf(op.table, op.row) : op.key);

/**
 * Tests what an operation expects of the state before the batch: for engines that judge in JavaScript.
 *
 * @throws ConflictError with `index`.
 */
export function judgeOp(op: WriteOp, index: number, before: { readonly _rev: number } | undefined): void {
  const expected = op.op === "put" && op.mode === "insert" ? "absent" : op.expect;
  if (expected === undefined) return;
  const holds =
    expected === "absent" ? !before : expected === "exists" ? before !== undefined : before?._rev === expected.rev;
  if (holds) return;
  const reason = typeof expected === "object" ? "rev" : expected;
  throw new ConflictError({ index, table: op.table.name, key: describeKey(keyOfOp(op)), reason });
}

/**
 * The row that an operation leaves, apart from its revision: `undefined` when there is none then, and the very row it found
 * when it changes nothing. What all engines must agree on.
 */
export function nextRow(
  op: Exclude<WriteOp, { op: "check" }>,
  before: StoredRecord | undefined,
): Readonly<Record<string, EngineValue>> | undefined {
  if (op.op === "remove") return undefined;
  return op.op === "put" ? rowOfPut(op, before) : rowOfPatch(op, before);
}

function rowOfPut(op: Put, before: StoredRecord | undefined): Readonly<Record<string, EngineValue>> {
  if (!before) return op.row;
  if (op.mode === "skip") return before;
  if (!op.keep?.length) return op.row;
  return { ...op.row, ...Object.fromEntries(op.keep.map((column) => [column, before[column] as EngineValue])) };
}

function rowOfPatch(op: Patch, before: StoredRecord | undefined): Readonly<Record<string, EngineValue>> | undefined {
  if (!before) return undefined;
  const raised: Record<string, EngineValue> = {};
  for (const [column, value] of Object.entries(op.raise ?? {})) {
    const stored = before[column] as number | null;
    raised[column] = stored === null || value > stored ? value : stored + 1;
  }
  return { ...before, ...(op.set as Readonly<Record<string, EngineValue>>), ...raised };
}
