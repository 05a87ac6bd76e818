import type { Get, StoredRecord } from "@stowage/core/engine";
import { storedKey } from "../mapping.ts";
import type { LanceTable } from "../table.ts";
import { project } from "./project.ts";

/** Records by key, in the order of the keys. */
export async function readByKeys(
  table: LanceTable,
  { keys, columns = table.mapping.table.columnNames }: Get,
  most: number,
  note: (row: StoredRecord) => void,
): Promise<{ rows: (StoredRecord | undefined)[] }> {
  const stored = keys.map(storedKey);
  const wanted = [...new Set(stored)];
  const found = new Map<string, StoredRecord>();
  for (let start = 0; start < wanted.length; start += most) {
    for (const [key, row] of await table.byKeys(wanted.slice(start, start + most), columns)) {
      note(row);
      found.set(key, row);
    }
  }
  return {
    rows: stored.map((key) => {
      const row = found.get(key);
      return row && project(row, columns);
    }),
  };
}
