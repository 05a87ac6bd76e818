import type { EngineValue } from "@stowage/core/engine";
import type { CopiedRows } from "../connection.ts";
import type { MappedColumn } from "../mapped-column.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { CopyWriter } from "./copy-writer.ts";

type Row = Readonly<Record<string, EngineValue>>;

/** Writes a value that is not null. */
type WriteValue = (writer: CopyWriter, value: EngineValue) => void;

/**
 * New rows in the binary form in which a server loads them: it neither looks for the ends of values nor reads numbers and
 * instants from text. A taken key is an error of the database, as with an INSERT. Columns that are null throughout are left
 * out. `undefined` where a column's type has no simple binary form.
 */
export function copyRows(
  mapping: TableMapping,
  rows: readonly Row[],
  revisions: readonly number[],
): CopiedRows | undefined {
  const columns = mapping.columns.filter(({ name }) => rows.some((row) => (row[name] ?? null) !== null));
  const fields: { name: string; write: WriteValue; last: EngineValue; at: number }[] = [];
  for (const column of columns) {
    const write = writeOf(mapping, column);
    if (!write) return undefined;
    fields.push({ name: column.name, write, last: null, at: 0 });
  }
  const usual = mapping.derive("copied", () => ({ bytesOfRow: 1024 }));
  const writer = new CopyWriter(Math.ceil(rows.length * usual.bytesOfRow * 1.1) + 4096);
  for (const [place, row] of rows.entries()) {
    writer.row(fields.length + 1);
    for (const field of fields) {
      const value = row[field.name] ?? null;
      if (value === null) writer.none();
      // Rows that are written together have much in common.
      else if (value === field.last) field.at = writer.again(field.at);
      else {
        field.at = writer.length;
        field.write(writer, value);
        field.last = value;
      }
    }
    writer.bigint(revisions[place] as number);
  }
  usual.bytesOfRow = writer.length / rows.length;
  const names = [...columns.map(({ quoted }) => quoted), mapping.dialect.quote(revision)];
  return { sql: `COPY ${mapping.quoted} (${names.join(", ")}) FROM STDIN (FORMAT binary)`, data: writer.end() };
}

/** How a column's values are written, checked as they are wherever they are stored. */
function writeOf(mapping: TableMapping, column: MappedColumn): WriteValue | undefined {
  switch (column.type) {
    case "text":
    case "json":
      return column.storage.type === "bytea"
        ? (writer, value) => writer.bytes(Buffer.from((mapping.stored(column, value) as string).slice(2), "hex"))
        : (writer, value) => writer.text(mapping.stored(column, value) as string);
    case "timestamp":
      return (writer, value) => writer.instant(value as number);
    case "integer":
      return (writer, value) => writer.bigint(value as number);
    case "float":
      return (writer, value) => writer.double(value as number);
    case "boolean":
      return (writer, value) => writer.boolean(value as boolean);
    case "bigint":
      return undefined;
  }
}
