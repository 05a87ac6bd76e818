import type { Engine } from "../../engine/engine.ts";
import { count, type Find, find, type Walk } from "../../engine/operations.ts";
import type { ColumnName, StoredRow, Table } from "../../engine/table.ts";
import { completePage } from "./pages.ts";
import type { CheckedPage } from "./pagination.ts";

export interface ListedPage<T extends Table, K extends ColumnName<T>> {
  readonly rows: StoredRow<T, K>[];
  /** Number of rows of the walk; a lower bound when no total was wanted. */
  readonly total: number;
  readonly hasMore: boolean;
}

/**
 * One page of a walk and how many rows the walk has, from one snapshot and in one round trip. Nothing is counted when all
 * rows are asked for, nor when no total is wanted.
 */
export async function readListPage<T extends Table, K extends ColumnName<T> = ColumnName<T>>(
  engine: Engine,
  table: T,
  walk: Omit<Find<T, K>, "op" | "table" | "limit" | "offset" | "cursor">,
  page: CheckedPage,
  wantsTotal = true,
): Promise<ListedPage<T, K>> {
  const { direction: _direction, columns: _columns, ...counted } = walk;
  const countOp = count(table, counted as Omit<Walk<T>, "table">);
  if (page.limit === 0) {
    if (!wantsTotal) return { rows: [], total: page.offset, hasMore: false };
    const [{ count: total }] = await engine.read([countOp]);
    return { rows: [], total, hasMore: false };
  }
  const op = find<T, K>(table, {
    ...walk,
    ...(page.limit !== undefined && { limit: page.limit, offset: page.offset }),
  });
  const isCounted = wantsTotal && page.limit !== undefined;
  const [first, counts] = await engine.read(isCounted ? [op, countOp] : [op]);
  const { rows, end } = await completePage(engine, op, first as never);
  const seen = page.offset + rows.length;
  if (!counts) return { rows, total: seen, hasMore: end === "limit" };
  const total = (counts as { count: number }).count;
  return { rows, total, hasMore: seen < total };
}
