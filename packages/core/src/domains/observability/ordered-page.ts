import type { EngineValue } from "../../engine/column.ts";
import { compareValues } from "../../engine/compare.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Filter } from "../../engine/filter.ts";
import { type Count, count, type Find, find, type Range } from "../../engine/operations.ts";
import { type ColumnName, type PathName, pathOf, type StoredRow, type Table } from "../../engine/table.ts";
import { completePage, readPage } from "../shared/pages.ts";

/** A walk whose rows are listed. `columns` must hold the columns of the path's order. */
export interface ListedWalk<T extends Table, K extends ColumnName<T>> {
  readonly table: T;
  readonly path: PathName<T>;
  readonly eq?: Readonly<Record<string, EngineValue | readonly EngineValue[]>>;
  readonly range?: Range;
  readonly filter?: Filter;
  readonly columns: readonly K[];
}

export interface ListedPage<T extends Table, K extends ColumnName<T>> {
  readonly rows: StoredRow<T, K>[];
  /** How many rows the walk has; absent when that was not asked for. */
  readonly total: number | undefined;
  readonly hasMore: boolean;
}

export interface OrderedPageOptions {
  readonly isDescending: boolean;
  readonly offset: number;
  readonly limit: number;
  /** Default true. */
  readonly wantsTotal?: boolean;
}

/**
 * A page in the order of the path's sort columns, up or down, with ties in ascending order of the key both times. One round
 * trip; a page downwards that begins or ends among ties takes up to two more.
 *
 * Engines walk a path backwards as a whole, ties included. So a page downwards is read with a row more on either side. Where
 * neither belongs to the same tie as the page's own end, turning the ties inside the page round is enough; otherwise the part
 * of the tie that falls on the page is read upwards.
 */
export async function readOrderedPage<T extends Table, K extends ColumnName<T>>(
  engine: Engine,
  walk: ListedWalk<T, K>,
  { isDescending, offset, limit, wantsTotal = true }: OrderedPageOptions,
): Promise<ListedPage<T, K>> {
  const before = isDescending && offset > 0 ? 1 : 0;
  const after = isDescending ? 1 : 0;
  const op = find(walk.table, {
    ...conditions(walk),
    columns: walk.columns,
    direction: isDescending ? "desc" : "asc",
    offset: offset - before,
    limit: before + limit + after,
  }) as Find<T, K>;
  const counted = wantsTotal ? [count(walk.table, conditions(walk)) as unknown as Count] : [];
  const [first, counts] = (await engine.read([op, ...counted])) as unknown as [
    Awaited<ReturnType<typeof readPage<T, K>>>,
    { count: number }?,
  ];
  const { rows, end } = await completePage(engine, op, first);
  const page = rows.slice(before, before + limit);
  const total = counts?.count;
  const hasMore = total === undefined ? end === "limit" || rows.length > before + limit : offset + limit < total;
  if (!isDescending || page.length === 0) return { rows: page, total, hasMore };

  const tie = new Tie(walk);
  const head = page[0] as StoredRow<T, K>;
  const tail = page[page.length - 1] as StoredRow<T, K>;
  const previous = before === 1 ? rows[0] : undefined;
  const next = rows[before + limit];
  const isHeadCut = previous !== undefined && tie.joins(previous, head);
  const isTailCut = next !== undefined && tie.joins(tail, next);
  const groups = tie.groups(page);
  if (isHeadCut) {
    // How far the tie reaches back follows from the number of rows before it.
    const [above] = await engine.read([
      count(walk.table, { ...conditions(walk), range: tie.above(head) }) as unknown as Count,
    ]);
    groups[0] = await tie.part(engine, head, offset - above.count, groups[0]?.length ?? 0);
  }
  if (isTailCut && !(isHeadCut && groups.length === 1)) {
    groups[groups.length - 1] = await tie.part(engine, tail, 0, groups.at(-1)?.length ?? 0);
  }
  return { rows: groups.flat(), total, hasMore };
}

function conditions<T extends Table, K extends ColumnName<T>>({ path, eq, range, filter }: ListedWalk<T, K>) {
  return { path, ...(eq && { eq }), ...(range && { range }), ...(filter && { filter }) };
}

/** Rows with equal sort columns. */
class Tie<T extends Table, K extends ColumnName<T>> {
  private readonly walk: ListedWalk<T, K>;
  private readonly sort: readonly string[];

  constructor(walk: ListedWalk<T, K>) {
    this.walk = walk;
    this.sort = pathOf(walk.table, walk.path).sort;
  }

  joins(a: StoredRow<T, K>, b: StoredRow<T, K>): boolean {
    const other = this.at(b);
    return this.at(a).every((value, index) => compareValues(value, other[index] as EngineValue) === 0);
  }

  /** The rows of a page read downwards, tie by tie, each turned upwards. */
  groups(rows: readonly StoredRow<T, K>[]): StoredRow<T, K>[][] {
    const groups: StoredRow<T, K>[][] = [];
    let last: StoredRow<T, K> | undefined;
    for (const row of rows) {
      if (last && this.joins(last, row)) groups.at(-1)?.unshift(row);
      else groups.push([row]);
      last = row;
    }
    return groups;
  }

  /** What a walk downwards passes before it comes to the tie of a row. */
  above(row: StoredRow<T, K>): Range {
    const { upper } = this.walk.range ?? {};
    return { lower: { at: this.at(row), inclusive: false }, ...(upper && { upper }) };
  }

  async part(engine: Engine, row: StoredRow<T, K>, offset: number, limit: number): Promise<StoredRow<T, K>[]> {
    const bound = { at: this.at(row), inclusive: true };
    const op = find(this.walk.table, {
      ...conditions(this.walk),
      range: { lower: bound, upper: bound },
      columns: this.walk.columns,
      offset: Math.max(0, offset),
      limit,
    }) as Find<T, K>;
    return (await readPage(engine, op)).rows;
  }

  private at(row: StoredRow<T, K>): EngineValue[] {
    return this.sort.map((column) => (row as Record<string, EngineValue>)[column] as EngineValue);
  }
}
