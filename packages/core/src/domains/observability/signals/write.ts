import { encodeTuple } from "../../../engine/keys.ts";
import { upsert, type WriteOp } from "../../../engine/operations.ts";
import { keyOf, type Row, type Table } from "../../../engine/table.ts";
import { invalid } from "../../../errors.ts";
import { cutAtomically } from "../../shared/batches.ts";
import type { DomainContext } from "../../shared/context.ts";
import type { SignalKind } from "./kinds.ts";
import type { SignalRecord } from "./types.ts";

/**
 * Writes signals; an id that is written again is replaced, and of one that stands twice in the list the later counts. Those
 * without a usable number are left out, counted and logged.
 */
export async function writeSignals<T extends Table, Rec extends SignalRecord>(
  { engine, clock, logger }: DomainContext,
  kind: SignalKind<T, Rec>,
  records: unknown,
  path: string,
): Promise<void> {
  if (!Array.isArray(records)) throw invalid(`${path} must be a list`, "INVALID_ARGUMENT", { path });
  const rows = new Map<string, Row<T>>();
  let leftOut = 0;
  for (const [index, record] of records.entries()) {
    const row = kind.toRow(record, index, clock);
    if (row) rows.set(encodeTuple(keyOf(kind.table, row)), row);
    else leftOut++;
  }
  if (leftOut > 0) logger.warn(`stowage: left out ${leftOut} ${path} without a usable number`);
  const ops = [...rows.values()].map((row) => upsert(kind.table, row, { keep: kind.keep }) as unknown as WriteOp);
  for (const run of cutAtomically(ops, engine.capabilities)) await engine.write(run);
}
