import { encodeTuple } from "../../../engine/keys.ts";
import { type Change, modifyBy } from "../../../engine/modify.ts";
import { get, patch } from "../../../engine/operations.ts";
import type { ColumnName, StoredRow } from "../../../engine/table.ts";
import { isConflict } from "../../../errors.ts";
import type { DomainContext } from "../../shared/context.ts";
import { findableKey } from "../arguments.ts";
import { observationalMemory } from "../tables.ts";
import { type MemoryRow, recordNotFound } from "./records.ts";

type MemoryTable = typeof observationalMemory;
type Columns = Partial<Omit<MemoryRow, "id" | "lookupKey" | "updatedAt">>;

/** The id of a record that is to be changed. @throws StorageError `NOT_FOUND` when there can be none. */
export function recordId(id: unknown): string {
  const found = findableKey(id, "id");
  if (found === undefined) throw recordNotFound(id);
  return found;
}

/** Sets columns of one record without reading it; the others, long texts among them, are not written. */
export async function setColumns({ engine, clock }: DomainContext, given: unknown, set: Columns): Promise<void> {
  const id = recordId(given);
  const change = patch(observationalMemory, [id], { set: { ...set, updatedAt: clock.now() }, expect: "exists" });
  await engine.write([change]).catch((error) => {
    throw isConflict(error) ? recordNotFound(id) : error;
  });
}

/** Calls that change one record queue under this name. */
export const recordScope = (id: string): string => `${observationalMemory.name}/${encodeTuple([id])}`;

/**
 * Read-modify-write of some columns of one record. `change` gets those it names and returns those to set, or nothing to set.
 *
 * @throws StorageError `NOT_FOUND`
 */
export function modifyColumns<const K extends ColumnName<MemoryTable>, Result>(
  { engine, clock }: DomainContext,
  given: unknown,
  columns: readonly K[],
  change: (row: StoredRow<MemoryTable, K>) => { set?: Columns; result: Result },
): Promise<Result> {
  const id = recordId(given);
  return modifyBy(engine, recordScope(id), async (): Promise<Change<Result>> => {
    const [{ rows }] = await engine.read([get(observationalMemory, [[id]], columns)]);
    const row = rows[0] as StoredRow<MemoryTable, K> | undefined;
    if (!row) throw recordNotFound(id);
    const { set, result } = change(row);
    if (!set) return { result };
    const expect = { rev: row._rev };
    return { write: [patch(observationalMemory, [id], { set: { ...set, updatedAt: clock.now() }, expect })], result };
  });
}
