import { compileFilter, type Key, type RemoveRange, type Walk } from "@stowage/core/engine";
import type { TableMapping } from "../mapping.ts";
import { splitFilter } from "./filter.ts";
import { readPage } from "./find.ts";
import type { Reader } from "./reader.ts";
import { RowReader } from "./rows.ts";

/** Keys of the first rows of a range, or of any rows of the table when it names no path. */
export async function readKeys(mapping: TableMapping, op: RemoveRange, reader: Reader): Promise<Key[]> {
  const { table, limit } = op;
  const keys: Key[] = [];
  if (op.path !== undefined) {
    const { limit: _, ...walk } = op as RemoveRange & Walk;
    const found = await readPage(mapping, { ...walk, op: "find", offset: 0, limit, columns: table.key }, reader);
    return found.rows.map((row) => mapping.keyOf(row));
  }
  const parameters = reader.parameters();
  const { conditions, residual } = splitFilter(mapping, op.filter, parameters);
  const test = residual && compileFilter(table, residual);
  const rows = new RowReader(mapping, [...table.key, ...(residual ? table.columnNames : [])]);
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  const most = test ? "" : ` LIMIT ${limit}`;
  const sql = `SELECT ${rows.list.join(", ")} FROM ${mapping.quoted} FINAL${where}${most}`;
  await reader.streamAlone({ sql, parameters }, (values) => {
    const row = rows.read(values);
    reader.noteRevision(row._rev);
    if (!test || test(row)) keys.push(mapping.keyOf(row));
    return keys.length < limit;
  });
  return keys;
}
