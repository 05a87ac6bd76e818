import type { EngineValue } from "@stowage/core/engine";
import type { SqlRow, SqlValue } from "./connection.ts";
import type { MappedColumn } from "./mapped-column.ts";

/** A row as an engine hands it out. */
export type StoredRecord = Record<string, EngineValue> & { _rev: number };

/** Turns rows of a SELECT into records. Made once for a table and a list of columns. */
export class RowReader {
  /** What to select, in the order that {@link read} takes it. */
  readonly list: readonly string[];
  /** The same as text. */
  readonly selected: string;
  readonly columns: readonly MappedColumn[];
  private readonly steps: readonly {
    readonly name: string;
    readonly decode: ((value: SqlValue) => EngineValue) | undefined;
  }[];

  constructor(columns: readonly MappedColumn[], revision: string) {
    this.columns = columns;
    this.list = [...columns.map(({ selected }) => selected), revision];
    this.selected = this.list.join(", ");
    this.steps = columns.map(({ name, storage }) => ({ name, decode: storage.decode }));
  }

  /** The record in a row that begins with these columns; the revision may stand further behind than right after them. */
  read(row: SqlRow, revisionAt = this.steps.length): StoredRecord {
    const record: Record<string, EngineValue> = {};
    const { steps } = this;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as (typeof steps)[number];
      const value = row[i] as SqlValue;
      record[step.name] = step.decode && value !== null ? step.decode(value) : value;
    }
    record._rev = row[revisionAt] as number;
    return record as StoredRecord;
  }
}
