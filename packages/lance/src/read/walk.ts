import {
  compareTuples,
  compileFilter,
  type EngineValue,
  encodeCursor,
  type Find,
  filterColumns,
  type Page,
  pathOf,
  type StoredRecord,
} from "@stowage/core/engine";
import type { LanceTable } from "../table.ts";
import { project } from "./project.ts";
import { spansOf } from "./spans.ts";

/** Rows looked at in one call where a filter decides on the rows. */
const scanPage = 2000;

type Visit = (row: StoredRecord) => boolean;

/** Every row of a walk in its order; `visit` says whether it wants more. The filter is the caller's. */
export async function walkRows(
  table: LanceTable,
  op: Find,
  columns: readonly string[],
  visit: Visit,
  { limit, offset = 0 }: { limit?: number; offset?: number } = {},
): Promise<void> {
  const { order } = pathOf(table.mapping.table, op.path);
  const { column, spans } = spansOf(table.mapping, op);
  const descending = op.direction === "desc";
  const needed = [...new Set([...columns, ...order])];
  const only = spans.length === 1 ? spans[0] : undefined;
  if (only) {
    const bounds = { ...(limit !== undefined && { limit }), ...(offset > 0 && { offset }) };
    await table.scan({ columns: needed, where: only, order: { column, descending }, ...bounds }, visit);
    return;
  }
  // Each of the equal values has an order of its own; together they are put into one.
  const rows: StoredRecord[] = [];
  for (const where of spans) {
    const most = limit === undefined ? {} : { limit: limit + offset };
    await table.scan({ columns: needed, where, order: { column, descending }, ...most }, (row) => rows.push(row) > 0);
  }
  const place = (row: StoredRecord) => order.map((name) => row[name] as EngineValue);
  rows.sort((a, b) => compareTuples(place(a), place(b)) * (descending ? -1 : 1));
  for (const row of rows.slice(offset, limit === undefined ? undefined : offset + limit)) if (!visit(row)) return;
}

/** A page of a walk, from one request where the walk has one set of equal values. */
export async function readPage(table: LanceTable, op: Find, note: (row: StoredRecord) => void): Promise<Page> {
  const { limit = Number.POSITIVE_INFINITY, offset = 0, filter } = op;
  const wanted = op.columns ?? table.mapping.table.columnNames;
  if (limit <= 0) return { rows: [], end: "limit", ...(op.cursor !== undefined && { cursor: op.cursor }) };
  const found: StoredRecord[] = [];
  const pageOf = () => found.slice(0, limit).map((row) => project(row, wanted));
  const ended = (): Page =>
    found.length > limit
      ? { rows: pageOf(), end: "limit", cursor: encodeCursor(op, found[limit - 1] as StoredRecord) }
      : { rows: pageOf(), end: "exhausted" };
  if (!filter) {
    const visit = (row: StoredRecord) => {
      note(row);
      return found.push(row) > 0;
    };
    const bounds = { offset, ...(limit !== Number.POSITIVE_INFINITY && { limit: limit + 1 }) };
    await walkRows(table, op, wanted, visit, bounds);
    return ended();
  }
  const test = compileFilter(op.table, filter);
  const columns = [...new Set([...wanted, ...filterColumns(filter)])];
  // A page that ends early cannot say how much of an offset it has passed.
  const isWhole = offset > 0 || limit === Number.POSITIVE_INFINITY;
  const most = Math.max(scanPage, limit + 1);
  let looked = 0;
  let passed = 0;
  let last: StoredRecord | undefined;
  const visit = (row: StoredRecord) => {
    note(row);
    looked++;
    last = row;
    if (test(row) && passed++ >= offset) found.push(row);
    return found.length <= limit;
  };
  await walkRows(table, op, columns, visit, isWhole ? {} : { limit: most });
  if (isWhole || found.length > limit || looked < most) return ended();
  return { rows: pageOf(), end: "budget", cursor: encodeCursor(op, last as StoredRecord) };
}
