import type { Engine } from "../../engine/engine.ts";
import { count, type Find, find, type ReadOp, type ReadResults, type Walk } from "../../engine/operations.ts";
import type { ColumnName, StoredRow, Table } from "../../engine/table.ts";
import { completePage } from "./pages.ts";
import { type CheckedPage, totalBeside } from "./pagination.ts";

export interface ListedPage<T extends Table, K extends ColumnName<T>> {
  readonly rows: StoredRow<T, K>[];
  /** Number of rows of the walk; a lower bound when no total was wanted. */
  readonly total: number;
  readonly hasMore: boolean;
  /** Stands behind the last row; absent at the end of the walk. */
  readonly nextCursor?: string | undefined;
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
 * As {@link readListPage}, with other reads in the same round trip. They are answered after the page where the database has
 * no snapshots, so that a mark which hides rows is seen by whoever met the rows half gone; `ahead` is answered before it. With
 * a cursor `after` the page goes on behind it, wherever `page` would begin.
 */
export async function readListPageBeside<
  const Ops extends readonly ReadOp[],
  T extends Table,
  const Ahead extends readonly ReadOp[] = [],
  K extends ColumnName<T> = ColumnName<T>,
>(
  engine: Engine,
  beside: Ops,
  table: T,
  walk: ListWalk<T, K>,
  page: CheckedPage,
  options: { wantsTotal?: boolean; after?: string | undefined; ahead?: Ahead } = {},
): Promise<{ listed: ListedPage<T, K>; beside: ReadResults<Ops>; ahead: ReadResults<Ahead> }> {
  const { wantsTotal = true, after, ahead = [] as readonly ReadOp[] } = options;
  const { direction: _direction, columns: _columns, ...counted } = walk;
  const countOp = count(table, counted as Omit<Walk<T>, "table">);
  const isCounted = wantsTotal && (page.limit !== undefined || after !== undefined);
  const from = after === undefined ? { offset: page.offset } : { cursor: after };
  const op =
    page.limit === 0
      ? undefined
      : find<T, K>(table, { ...walk, ...from, ...(page.limit !== undefined && { limit: page.limit }) });
  const own: ReadOp[] = [...(op ? [op] : []), ...(isCounted ? [countOp] : [])];
  const ops = [...ahead, ...own, ...beside];
  const answers: readonly unknown[] = ops.length > 0 ? await engine.read(ops) : [];
  const [first, counts] = op ? answers.slice(ahead.length) : [undefined, answers[ahead.length]];
  const total = isCounted ? (counts as { count: number }).count : undefined;
  const others = {
    ahead: answers.slice(0, ahead.length) as ReadResults<Ahead>,
    beside: answers.slice(ahead.length + own.length) as ReadResults<Ops>,
  };
  if (!op) return { listed: { rows: [], total: total ?? page.offset, hasMore: false }, ...others };

  const read = await completePage(engine, op, first as never);
  const { rows, end } = read;
  // What the engine went on to read came after the others: they are asked once more.
  if ((first as { end: string }).end === "budget" && beside.length > 0) others.beside = await engine.read(beside);
  const seen = page.offset + rows.length;
  const hasMore = total === undefined || after !== undefined ? end === "limit" : seen < total;
  return {
    listed: {
      rows,
      total: total === undefined ? seen : totalBeside(total, page.offset, rows.length),
      hasMore,
      get nextCursor() {
        return end === "limit" ? read.cursor : undefined;
      },
    },
    ...others,
  };
}
