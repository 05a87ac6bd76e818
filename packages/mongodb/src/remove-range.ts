import {
  compileFilter,
  type Find,
  filterColumns,
  isConflict,
  keyOf,
  type Page,
  type RemoveRange,
  type RemoveRangeResult,
  remove,
  type StoredRow,
} from "@stowage/core/engine";
import type { ClientSession, Document } from "mongodb";
import { splitFilter } from "./filter.ts";
import { readPage } from "./read.ts";
import { collectionOf, inSnapshot, type Reach, readOptions } from "./reading.ts";
import { allOfThem } from "./walk.ts";
import { type Writing, writeBatch } from "./write.ts";
import { writeBulk } from "./write-bulk.ts";

/** How often rows are looked for again because somebody wrote one of them meanwhile. */
const attempts = 8;

/** Finds the rows, then removes them as they were found, in one transaction. */
export async function removeRange(writing: Writing, op: RemoveRange, most: number): Promise<RemoveRangeResult> {
  const limit = Math.min(op.limit, most);
  for (let tries = 1; ; tries++) {
    const rowsOf = (session: ClientSession | undefined) => {
      const reach = { ...writing, session };
      if (op.path === undefined) return someRows(reach, op, limit);
      const { limit: _, ...walk } = op;
      return readPage(reach, { ...walk, op: "find", limit, columns: op.table.key } as Find);
    };
    const page = await inSnapshot(writing, rowsOf, { isOneRequest: true });
    const removals = page.rows.map((row) => {
      const key = keyOf(op.table, row as never);
      return writing.connection.hasTransactions ? remove(op.table, key, { rev: row._rev }) : remove(op.table, key);
    });
    try {
      if (removals.length > 0) {
        if (writing.connection.hasTransactions) await writeBatch(writing, removals);
        // The journal layer asks for this where nobody reads any more.
        else await writeBulk(writing, removals);
      }
      return { removed: removals.length, done: page.end === "exhausted" };
    } catch (error) {
      if (!isConflict(error) || tries === attempts) throw error;
    }
  }
}

/** Rows of a whole table that pass a filter, in any order. */
async function someRows(reach: Reach, { table, filter }: RemoveRange, limit: number): Promise<Page> {
  const mapping = reach.mappingOf(table);
  const { native, derived } = splitFilter(mapping, filter, reach.isDerived);
  const test = derived ? compileFilter(table, derived) : undefined;
  const columns = [...new Set([...table.key, ...filterColumns(derived)])];
  const collection = await collectionOf(reach, table);
  const projection = mapping.projection(columns) as Document;
  const documents = collection.find<Document>(allOfThem([native]), {
    ...readOptions(reach),
    projection,
    batchSize: 1000,
  });
  const rows: StoredRow[] = [];
  for await (const document of documents) {
    const row = mapping.row(document, columns);
    if (test && !test(row)) continue;
    if (rows.length === limit) return { rows, end: "limit" };
    rows.push(row);
  }
  return { rows, end: "exhausted" };
}
