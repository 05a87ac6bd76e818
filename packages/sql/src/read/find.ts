import { decodeCursor, encodeCursor, type Find, type Page } from "@stowage/core/engine";
import type { SqlRow } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import type { StoredRecord } from "../row-reader.ts";
import { PagedWalk } from "./paged-walk.ts";
import { type Reading, settled } from "./reading.ts";
import { WalkPlan } from "./walk.ts";

type Cursor = ReturnType<typeof decodeCursor>;

export interface WalkOptions {
  readonly nativeFilter: boolean;
  readonly nativeAggregate: boolean;
  /** Most rows to fetch at a time where a walk goes on in pages. */
  readonly scanPage: number;
  /** After looking at so many rows a page may end, full or not; 0 where each round is a request. */
  readonly scanBudget: number;
}

/** A page along a path. One row more than asked for tells whether there are more. */
export function readPage(mapping: TableMapping, op: Find, options: WalkOptions): Reading {
  const { limit, offset = 0, columns, direction, cursor } = op;
  const after = cursor === undefined ? undefined : decodeCursor(op);
  if (limit !== undefined && limit <= 0) {
    return settled([], (): Page => ({ rows: [], end: "limit", ...(cursor !== undefined && { cursor }) }));
  }
  const plan = new WalkPlan(mapping, op, {
    path: mapping.path(op.path),
    ...(direction && { direction }),
    nativeFilter: options.nativeFilter,
  });
  if (plan.residual || !plan.isOneStatement) return residualPage(plan, op, after, options);

  const { order } = plan.path;
  const list = columns ? [...new Set([...columns, ...order])] : mapping.table.columnNames;
  const wide = mapping.reader(list);
  const narrow = columns && list.length > columns.length ? mapping.reader(columns) : wide;
  const statements = plan.select(wide.list, {
    ...(after && { after }),
    ...(limit !== undefined && { limit: limit + 1 }),
    ...(offset > 0 && limit === undefined ? { limit: plan.mapping.dialect.noLimit } : {}),
    offset,
  });
  const place = list.length;
  return settled(statements, ([rows = []]): Page => {
    const more = limit !== undefined && rows.length > limit;
    const count = more ? limit : rows.length;
    const result: StoredRecord[] = new Array(count);
    for (let i = 0; i < count; i++) {
      result[i] = narrow.read(rows[i] as SqlRow, place);
    }
    const page = result as unknown as Page["rows"];
    if (!more) return { rows: page, end: "exhausted" };
    const last = rows[count - 1] as SqlRow;
    return {
      rows: page,
      end: "limit",
      // Few ask for it.
      get cursor() {
        return encodeCursor(op, wide.read(last));
      },
    };
  });
}

/**
 * A page whose rows are tested here. Where the walk cannot go on at the same state of the database it ends after one round,
 * as it does when it has looked at a great many rows; the page then says so.
 */
function residualPage(plan: WalkPlan, op: Find, after: Cursor | undefined, options: WalkOptions): Reading {
  const { limit = Number.POSITIVE_INFINITY, offset = 0, columns } = op;
  const { scanPage, scanBudget } = options;
  const remote = scanBudget === 0;
  const rows: StoredRecord[] = [];
  let passed = 0;
  let last: StoredRecord | undefined;
  return new PagedWalk(plan, {
    columns: columns ?? plan.mapping.table.columnNames,
    after,
    firstPage: Math.max(2 * (offset + limit) + 1, remote ? 200 : 100),
    largestPage: scanPage,
    onePage: remote && offset === 0,
    // Rows passed over do not show in the page, so it must not end among them.
    stop: (scanned) => scanned >= scanBudget && passed >= offset,
    visit(row) {
      if (passed++ < offset) return true;
      if (rows.length === limit) return false;
      rows.push(columns ? project(row, columns) : row);
      last = row;
      return true;
    },
    finish(end, seen): Page {
      const page = rows as unknown as Page["rows"];
      if (end === "exhausted") return { rows: page, end };
      if (end === "budget") return { rows: page, end, cursor: encodeCursor(op, seen as StoredRecord) };
      return { rows: page, end: "limit", cursor: encodeCursor(op, last as StoredRecord) };
    },
  });
}

function project(row: StoredRecord, columns: readonly string[]): StoredRecord {
  const record = { _rev: row._rev } as StoredRecord;
  for (const column of columns) (record as Record<string, unknown>)[column] = row[column];
  return record;
}
