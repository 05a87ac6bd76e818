import {
  type Aggregate,
  Aggregator,
  type Count,
  compileFilter,
  decodeCursor,
  encodeCursor,
  type Find,
  filterColumns,
  type Get,
  type StoredRecord,
} from "@stowage/core/engine";
import type { Index, Layout } from "./layout.ts";
import type { KvAnswers, KvRequest } from "./port.ts";
import { type Reading, settled } from "./reading.ts";
import { canBeKey, spansOf } from "./spans.ts";
import { Walker } from "./walker.ts";

/** How far one call walks. */
export interface WalkSettings {
  /** Most rows to ask for in one request. */
  readonly page: number;
  /** Rows looked at after which a find ends with `budget`. */
  readonly budget: number;
}

export function readByKeys(layout: Layout, { keys, columns, table }: Get, maxGetKeys: number): Reading {
  const wanted = keys.map((key) => (key.every(canBeKey) ? layout.id(key) : undefined));
  const ids = [...new Set(wanted.filter((id) => id !== undefined))];
  const requests: KvRequest[] = [];
  for (let start = 0; start < ids.length; start += maxGetKeys) {
    const part = ids.slice(start, start + maxGetKeys);
    requests.push({ kind: "records", layout, ids: part, columns: columns ?? table.columnNames });
  }
  return settled(requests, (answers) => {
    const rows = (answers as readonly KvAnswers["records"][]).flat();
    const found = new Map(ids.map((id, index) => [id, rows[index]]));
    return {
      rows: wanted.map((id) => {
        const row = id === undefined ? undefined : found.get(id);
        return row && layout.project(row, columns);
      }),
    };
  });
}

export function readPage(layout: Layout, index: Index, op: Find, settings: WalkSettings): Reading {
  const { limit = Number.POSITIVE_INFINITY, offset = 0, direction = "asc", columns, filter, table } = op;
  const after = op.cursor === undefined ? undefined : decodeCursor(op);
  const rows: StoredRecord[] = [];
  if (limit <= 0) {
    return settled([], () => ({ rows, end: "limit", ...(op.cursor !== undefined && { cursor: op.cursor }) }));
  }
  const spans = spansOf(layout, index, op, direction, after);
  const test = filter && compileFilter(table, filter);
  const canSkip = spans.length === 1 && !test;
  let toPass = canSkip ? 0 : offset;
  let lastGiven: StoredRecord | undefined;
  // A row more tells whether there is one. Behind a filter as many again, since some will not pass.
  const first = (limit + toPass + 1) * (test ? 2 : 1);
  return new Walker({
    layout,
    index,
    spans,
    direction,
    columns: [...(columns ?? table.columnNames), ...filterColumns(filter)],
    filter,
    skip: canSkip ? offset : 0,
    first: test ? Math.max(first, 50) : first,
    most: settings.page,
    visit(row) {
      if (test && !test(row)) return true;
      if (toPass > 0) {
        toPass--;
        return true;
      }
      if (rows.length === limit) return false;
      rows.push(layout.project(row, columns));
      lastGiven = row;
      return true;
    },
    stop: (scanned, moved) => toPass === 0 && scanned > 0 && (moved || scanned >= settings.budget),
    finish: (end, last) => {
      if (end === "exhausted") return { rows, end };
      const cursor = encodeCursor(op, (end === "enough" ? lastGiven : last) as StoredRecord);
      return { rows, end: end === "enough" ? "limit" : end, cursor };
    },
  });
}

export function readCount(layout: Layout, index: Index, op: Count, settings: WalkSettings): Reading {
  const { limit = Number.POSITIVE_INFINITY, filter, table } = op;
  const spans = spansOf(layout, index, op);
  if (!filter) {
    const requests = spans.map((span): KvRequest => ({ kind: "count", layout, span }));
    return settled(requests, (answers) => {
      const total = (answers as readonly number[]).reduce((sum, count) => sum + count, 0);
      return { count: Math.min(total, limit) };
    });
  }
  const test = compileFilter(table, filter);
  let total = 0;
  return new Walker({
    layout,
    index,
    spans,
    direction: "asc",
    columns: [...filterColumns(filter)],
    filter,
    first: settings.page,
    most: settings.page,
    visit: (row) => total < limit && (!test(row) || ++total < limit),
    finish: () => ({ count: total }),
  });
}

export function readAggregate(layout: Layout, index: Index, op: Aggregate, settings: WalkSettings): Reading {
  const { filter, table } = op;
  const test = filter && compileFilter(table, filter);
  const aggregator = new Aggregator(op);
  return new Walker({
    layout,
    index,
    spans: spansOf(layout, index, op),
    direction: "asc",
    columns: [...Aggregator.columns(op), ...filterColumns(filter)],
    filter,
    first: settings.page,
    most: settings.page,
    visit(row) {
      if (!test || test(row)) aggregator.add(row);
      return true;
    },
    finish: () => aggregator.result(),
  });
}
