import type { EngineValue, StoredRecord } from "@stowage/core/engine";
import type { ResultRow } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";

/** What a statement asks of each row, and how its answer becomes a row of ours. */
export class RowReader {
  readonly columns: readonly string[];
  /** The list of a SELECT. */
  readonly list: readonly string[];
  private readonly decoders: readonly ((value: unknown) => EngineValue)[];

  constructor(mapping: TableMapping, columns: Iterable<string>) {
    this.columns = [...new Set(columns)];
    const mapped = this.columns.map((name) => mapping.column(name));
    this.list = [...mapped.map(({ select }) => select), "_rev"];
    this.decoders = mapped.map(({ decode }) => decode);
  }

  read(values: ResultRow): StoredRecord {
    const row: Record<string, EngineValue> = {};
    for (let i = 0; i < this.columns.length; i++) {
      row[this.columns[i] as string] = (this.decoders[i] as (value: unknown) => EngineValue)(values[i]);
    }
    row._rev = values[this.columns.length] as number;
    return row as StoredRecord;
  }
}

/** Of a row the asked columns and the revision. */
export function project(row: StoredRecord, columns: readonly string[]): StoredRecord {
  const result: Record<string, EngineValue> = {};
  for (const column of columns) result[column] = row[column] as EngineValue;
  result._rev = row._rev;
  return result as StoredRecord;
}
