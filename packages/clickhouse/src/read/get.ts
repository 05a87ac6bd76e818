import { crc32 } from "node:zlib";
import { type EngineValue, encodeTuple, type Get, type Key, type StoredRecord, type Table } from "@stowage/core/engine";
import type { TableMapping } from "../mapping.ts";
import type { Parameters } from "../parameters.ts";
import type { Reader } from "./reader.ts";
import { project, RowReader } from "./rows.ts";

interface Answer {
  readonly rows: (StoredRecord | undefined)[];
}

/** Records by key, for several reads at once: those of one table are one statement. The answers are in the order of the reads. */
export async function readByKeys(
  ops: readonly Get[],
  mappingOf: (table: Table) => TableMapping,
  reader: Reader,
): Promise<Answer[]> {
  const ids = new Map(ops.map((op) => [op, op.keys.map(encodeTuple)]));
  const tables = Map.groupBy(ops, ({ table }) => table);
  const found = new Map<Table, ReadonlyMap<string, StoredRecord>>();
  await Promise.all(
    [...tables].map(async ([table, gets]) => {
      const columns = new Set(gets.flatMap((op) => op.columns ?? table.columnNames));
      const keys = new Map(gets.flatMap((op) => op.keys.map((key, index) => [ids.get(op)?.[index], key])));
      found.set(table, await newest(mappingOf(table), [...keys.values()], columns, reader));
    }),
  );
  return ops.map((op) => {
    const rows = found.get(op.table);
    const columns = op.columns ?? op.table.columnNames;
    return {
      rows: (ids.get(op) ?? []).map((id) => {
        const row = rows?.get(id);
        return row && project(row, columns);
      }),
    };
  });
}

/**
 * The newest version of each record, looked for without `FINAL`, so that removed ones show their revision too: a later write
 * of this process has to be newer than that.
 */
async function newest(
  mapping: TableMapping,
  keys: readonly Key[],
  columns: Iterable<string>,
  reader: Reader,
): Promise<Map<string, StoredRecord>> {
  const rows = new RowReader(mapping, [...mapping.table.key, ...columns]);
  const gone = ["_deleted = 1", ...reader.expiry(mapping).map((condition) => `NOT (${condition})`)].join(" OR ");
  const list = [...rows.list, gone].join(", ");
  const found = new Map<string, StoredRecord>();
  for (let start = 0; start < keys.length; start += reader.maxGetKeys) {
    const parameters = reader.parameters();
    const part = keys.slice(start, start + reader.maxGetKeys);
    const newestOf =
      part.length === 1
        ? "ORDER BY _rev DESC LIMIT 1"
        : `ORDER BY ${mapping.keyList}, _rev DESC LIMIT 1 BY ${mapping.keyList}`;
    const sql = `SELECT ${list} FROM ${mapping.quoted} WHERE ${keyCondition(mapping, part, parameters)} ${newestOf}`;
    await reader.stream({ sql, parameters }, (values) => {
      const row = rows.read(values);
      reader.noteRevision(row._rev);
      if (values[rows.list.length] === 0) found.set(encodeTuple(mapping.keyOf(row)), row);
      return true;
    });
  }
  return found;
}

/** Rows with one of these keys, and very rarely others. */
export function keyCondition(mapping: TableMapping, keys: readonly Key[], parameters: Parameters): string {
  const conditions: string[] = [];
  let varying = 0;
  for (const [index, column] of mapping.key.entries()) {
    const values = [...new Set(keys.map((key) => key[index] as EngineValue))];
    if (values.length === 1)
      conditions.push(`${column.quoted} = ${parameters.value(column, values[0] as EngineValue)}`);
    // The first one by itself, since the index knows how to use that.
    else if (++varying === 1) conditions.push(`${column.quoted} IN ${parameters.list(column, values)}`);
  }
  if (varying <= 1) return conditions.join(" AND ");
  // Which values stand together is asked as one number a row: thousands of long texts, or a set of tuples, take the server longer.
  const together = mapping.key.map(({ storage, operand }) => storage.place(operand)).join(", ");
  const sums = keys.map((key) =>
    crc32(mapping.key.map(({ storage }, index) => storage.placeOf(key[index] as EngineValue)).join("")),
  );
  return `${conditions.join(" AND ")} AND CRC32(concat(${together})) IN ${parameters.numbers(sums)}`;
}
