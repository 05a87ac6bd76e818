import { Aggregator } from "../../engine/aggregator.ts";
import { pause } from "../../engine/call.ts";
import type { EngineValue } from "../../engine/column.ts";
import { decodeCursor, encodeCursor } from "../../engine/cursor.ts";
import type { CallOptions, Engine } from "../../engine/engine.ts";
import { compileFilter } from "../../engine/evaluate.ts";
import { anyOf, type Filter, filterColumns } from "../../engine/filter.ts";
import type { Aggregate, Count, Direction, Find, GetResult, Page, Range, ReadOp } from "../../engine/operations.ts";
import { pathOf } from "../../engine/table.ts";
import { StorageError } from "../../errors.ts";
import { type AnyRow, assemble, type RawRows } from "./assemble.ts";
import { getMarks, manifestIn, wideColumns } from "./chunks.ts";

const rereads = 5;
const pageSize = 500;

/**
 * Answers reads with whole values. Reads that look into wide columns (filters, aggregates) are answered by the engine as long
 * as their table has no chunks, which is asked in the same request; else they are evaluated here on the whole values.
 */
export async function readWhole(inner: Engine, ops: readonly ReadOp[], options?: CallOptions): Promise<unknown[]> {
  const careful = ops.filter((op) => looksInside(op).length > 0);
  const tables = [...new Set(careful.map((op) => op.table.name))];
  const questions = tables.length > 0 ? [getMarks(tables)] : [];
  const answers = await whole(
    async () => (await inner.read([...ops, ...questions], options)) as unknown[],
    (results) => ops.flatMap((op, index) => rawRows(op, results[index])),
    inner,
    options,
  );
  const marks = (answers[ops.length] as GetResult | undefined)?.rows;
  const chunked = new Set(tables.filter((_, index) => marks?.[index] !== undefined));
  return Promise.all(
    ops.map((op, index) => {
      if (!careful.includes(op) || !chunked.has(op.table.name)) return answers[index];
      if (op.op === "find") return findWhole(inner, op, options);
      return op.op === "count" ? countWhole(inner, op, options) : aggregateWhole(inner, op as Aggregate, options);
    }),
  );
}

/** Reads until all values could be put together: one that cannot has been written meanwhile. */
async function whole<Result>(
  read: () => Promise<Result>,
  rowsOf: (result: Result) => RawRows[],
  inner: Engine,
  options: CallOptions | undefined,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const result = await read();
    const { torn } = await assemble(inner, rowsOf(result), options);
    if (!torn) return result;
    if (tries === rereads) {
      throw new StorageError("a value stored in chunks cannot be put together", { code: "corrupt", details: torn });
    }
    await pause(tries * 5, options);
  }
}

const rawRows = (op: ReadOp, result: unknown): RawRows[] =>
  op.op === "get" || op.op === "find" ? [{ table: op.table, rows: (result as { rows: AnyRow[] }).rows }] : [];

/** The wide columns that the engine would have to look into to answer. */
export function looksInside(op: { table: ReadOp["table"]; filter?: Filter; op?: string }): string[] {
  const wide = wideColumns(op.table);
  if (wide.length === 0) return [];
  const columns = filterColumns(op.filter);
  if (op.op === "aggregate") for (const column of Aggregator.columns(op as Aggregate)) columns.add(column);
  return wide.filter((column) => columns.has(column));
}

/** A page whose filter is tested on whole values. Goes on by position, so that its cursors are those of the walk itself. */
export async function findWhole(inner: Engine, op: Find, options?: CallOptions): Promise<Page> {
  const { limit = Number.POSITIVE_INFINITY, offset = 0, columns } = op;
  const rows: AnyRow[] = [];
  let last: AnyRow | undefined;
  let passed = 0;
  for await (const row of walkWhole(inner, op, columns, options)) {
    if (passed++ < offset) continue;
    if (rows.length >= limit)
      return { rows: rows as never, end: "limit", cursor: last ? encodeCursor(op, last) : (op.cursor ?? "") };
    rows.push(project(row, columns));
    last = row;
  }
  return { rows: rows as never, end: "exhausted" };
}

async function countWhole(inner: Engine, op: Count, options?: CallOptions): Promise<{ count: number }> {
  const { limit = Number.POSITIVE_INFINITY } = op;
  let total = 0;
  for await (const _ of walkWhole(inner, { ...op, op: "find" } as Find, op.table.key, options)) {
    if (++total >= limit) break;
  }
  return { count: Math.min(total, limit) };
}

async function aggregateWhole(inner: Engine, op: Aggregate, options?: CallOptions): Promise<unknown> {
  const aggregator = new Aggregator(op);
  const { groupBy: _, measures: __, ...walk } = op;
  for await (const row of walkWhole(inner, { ...walk, op: "find" }, Aggregator.columns(op), options))
    aggregator.add(row);
  return aggregator.result();
}

/** The rows of a walk that pass its filter, with the given columns (all when absent) and those of filter and order. */
async function* walkWhole(
  inner: Engine,
  op: Find,
  columns: readonly string[] | undefined,
  options: CallOptions | undefined,
): AsyncGenerator<AnyRow> {
  const { table, path, eq, filter, direction = "asc" } = op;
  const { order } = pathOf(table, path);
  const needed = columns && [...new Set([...columns, ...order, ...filterColumns(filter)])];
  const loose = filter && anyOf(filter, ...looksInside({ table, filter }).map((column) => manifestIn(table, column)));
  const range = op.cursor === undefined ? op.range : beyond(decodeCursor(op), op.range, direction);
  const walk: Find = {
    op: "find",
    table,
    path,
    direction,
    limit: pageSize,
    ...(eq && { eq }),
    ...(range && { range }),
    ...(loose && { filter: loose }),
    ...(needed && { columns: needed }),
  };
  const test = filter ? compileFilter(table, filter) : () => true;
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const next = cursor === undefined ? walk : { ...walk, cursor };
    const page = await whole(
      async () => (await inner.read([next], options))[0] as Page,
      ({ rows }) => [{ table, rows: rows as AnyRow[] }],
      inner,
      options,
    );
    for (const row of page.rows as AnyRow[]) if (test(row)) yield row;
    cursor = page.end === "exhausted" ? undefined : page.cursor;
  }
}

/** The part of a range that lies beyond a position, in walk direction. */
const beyond = (at: readonly EngineValue[], range: Range | undefined, direction: Direction): Range => ({
  ...range,
  [direction === "asc" ? "lower" : "upper"]: { at, inclusive: false },
});

function project(row: AnyRow, columns: readonly string[] | undefined): AnyRow {
  if (!columns) return row;
  return Object.fromEntries(["_rev", ...columns].map((column) => [column, row[column]]));
}
