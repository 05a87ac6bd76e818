import type { Engine } from "../../engine/engine.ts";
import { count, type Find, find, type ReadOp, type ReadResults, type Walk } from "../../engine/operations.ts";
import type { ColumnName, StoredRow, Table } from "../../engine/table.ts";
import { completePage } from "./pages.ts";
import type { CheckedPage } from "./pagination.ts";

export interface ListedPage<T extends Table, K extends ColumnName<T>> {
  readonly rows: StoredRow<T, K>[];
  /** Number of rows of the walk; a lower bound when no total was wanted. */
  readonly total: number;
  readonly hasMore: boolean;
  /** Stands behind the last row; absent at the end of the walk. */
  readonly nextCursor?: string;
}

type ListWalk<T extends Table, K extends ColumnName<T>> = Omit<
  Find<T, K>,
  "op" | "table" | "limit" | "offset" | "cursor"
>;

/**
 * One page of a walk and how many rows the walk has, from one snapshot and in one round trip. Nothing is counted when all
 * rows are asked for, nor when no total is wanted.
 */
export async function readListPage<T extends Table, K extends ColumnName<T> = ColumnName<T>>(
  engine: Engine,
  table: T,
  walk: ListWalk<T, K>,
  page: CheckedPage,
  wantsTotal = true,
): Promise<ListedPage<T, K>> {
  const { listed } = await readListPageBeside(engine, [], table, walk, page, { wantsTotal });
  return listed;
}

/**
 * As {@link readListPage}, with other reads answered from the same snapshot, before the page. With a cursor `after` the page
 * goes on behind it, wherever `page` would begin.
 */
export async function readListPageBeside<
  const Ops extends readonly ReadOp[],
  T extends Table,
  K extends ColumnName<T> = ColumnName<T>,
>(
  engine: Engine,
  beside: Ops,
  table: T,
  walk: ListWalk<T, K>,
  page: CheckedPage,
  { wantsTotal = true, after }: { wantsTotal?: boolean; after?: string | undefined } = {},
): Promise<{ listed: ListedPage<T, K>; beside: ReadResults<Ops> }> {
  const { direction: _direction, columns: _columns, ...counted } = walk;
  const countOp = count(table, counted as Omit<Walk<T>, "table">);
  const isCounted = wantsTotal && (page.limit !== undefined || after !== undefined);
  const from = after === undefined ? { offset: page.offset } : { cursor: after };
  const op =
    page.limit === 0
      ? undefined
      : find<T, K>(table, { ...walk, ...from, ...(page.limit !== undefined && { limit: page.limit }) });
  const ops: ReadOp[] = [...beside];
  if (op) ops.push(op);
  if (isCounted) ops.push(countOp);
  const answers: readonly unknown[] = ops.length > 0 ? await engine.read(ops) : [];
  const others = answers.slice(0, beside.length) as ReadResults<Ops>;
  const total = isCounted ? (answers.at(-1) as { count: number }).count : undefined;
  if (!op) return { listed: { rows: [], total: total ?? page.offset, hasMore: false }, beside: others };

  const { rows, end, cursor } = await completePage(engine, op, answers[beside.length] as never);
  const seen = page.offset + rows.length;
  const hasMore = total === undefined || after !== undefined ? end === "limit" : seen < total;
  const next = end === "limit" && cursor !== undefined ? { nextCursor: cursor } : {};
  return { listed: { rows, total: total ?? seen, hasMore, ...next }, beside: others };
}
