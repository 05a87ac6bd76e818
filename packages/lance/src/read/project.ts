import type { EngineValue, StoredRecord } from "@stowage/core/engine";

/** Of a row the asked columns and the revision. */
export function project(row: StoredRecord, columns: readonly string[]): StoredRecord {
  const result: Record<string, EngineValue> = {};
  for (const column of columns) result[column] = row[column] as EngineValue;
  result._rev = row._rev;
  return result as StoredRecord;
}
