import type { EngineValue } from "./column.ts";
import type { Filter } from "./filter.ts";
import type { ColumnName, PathName, Row, StoredRow, Table } from "./table.ts";

/** Values of the key columns, in key order. */
export type Key = readonly EngineValue[];
export type Direction = "asc" | "desc";

/** One end of a range: values for a prefix of the path's order, compared as a tuple. */
export interface Bound {
  readonly at: readonly EngineValue[];
  readonly inclusive: boolean;
}

/** The part of a path to walk. Bounds are in path order whatever the direction: `lower` is the smaller one. */
export interface Range {
  readonly lower?: Bound;
  readonly upper?: Bound;
}

/** Which rows of a table a walk covers. A list of values for an equality column means "any of these". */
export interface Walk<T extends Table = Table> {
  readonly table: T;
  readonly path: PathName<T>;
  readonly eq?: { readonly [column: string]: EngineValue | readonly EngineValue[] };
  readonly range?: Range;
  readonly filter?: Filter;
}

/** Records by key. Rows come back in the order of `keys`, `undefined` where there is none. */
export interface Get<T extends Table = Table, K extends ColumnName<T> = ColumnName<T>> {
  readonly op: "get";
  readonly table: T;
  readonly keys: readonly Key[];
  /** Only these columns; all when absent. */
  readonly columns?: readonly K[];
}

/** A page along an access path, in path order. With lists in `eq` the walks are merged into one order (`order` alone decides). */
export interface Find<T extends Table = Table, K extends ColumnName<T> = ColumnName<T>> extends Walk<T> {
  readonly op: "find";
  readonly direction?: Direction;
  /** Most rows to return; all when absent. */
  readonly limit?: number;
  /** Matching rows to pass over first. */
  readonly offset?: number;
  /** Goes on after the page that gave this cursor; refused for a walk of another shape. */
  readonly cursor?: string;
  readonly columns?: readonly K[];
}

/** How many rows a walk covers. With a `limit`: at most that many ("at least n"). */
export interface Count<T extends Table = Table> extends Walk<T> {
  readonly op: "count";
  readonly limit?: number;
}

export type AggregateFunction =
  | { readonly fn: "count" }
  | { readonly fn: "countDistinct"; readonly column: string }
  | { readonly fn: "sum" | "min" | "max" | "avg"; readonly column: string }
  /** The value of `column` in the row that is greatest by `by` (then by the key). */
  | { readonly fn: "last"; readonly column: string; readonly by: string }
  /** Linear interpolation at position p × (n − 1), 0 ≤ p ≤ 1. */
  | { readonly fn: "quantile"; readonly column: string; readonly p: number };

export type GroupBy =
  | { readonly column: string }
  /** One member of a JSON object column; the group value is its text, or null when absent or not a string. */
  | { readonly column: string; readonly member: string }
  /** A timestamp column floored to a multiple of `bucket` milliseconds since the epoch. */
  | { readonly column: string; readonly bucket: number };

/** Numbers over the rows of a walk, one result row per group (one in all without `groupBy`). Nulls are left out of functions. */
export interface Aggregate<T extends Table = Table> extends Walk<T> {
  readonly op: "aggregate";
  readonly groupBy?: readonly GroupBy[];
  readonly measures: Readonly<Record<string, AggregateFunction>>;
}

export type ReadOp<T extends Table = Table> = Get<T> | Find<T> | Count<T> | Aggregate<T>;

export interface GetResult<T extends Table = Table, K extends ColumnName<T> = ColumnName<T>> {
  readonly rows: (StoredRow<T, K> | undefined)[];
}

/**
 * A page says why it ended: `limit` (at least one more row matches), `exhausted` (there is no more) or `budget` (the engine
 * stopped scanning; go on with `cursor`). `cursor` is there unless the walk is exhausted. A row that stays in the walk during
 * the whole call is not missed because it moved.
 */
export interface Page<T extends Table = Table, K extends ColumnName<T> = ColumnName<T>> {
  readonly rows: StoredRow<T, K>[];
  readonly end: "limit" | "exhausted" | "budget";
  readonly cursor?: string;
}

export interface AggregateResult {
  readonly groups: {
    readonly group: readonly EngineValue[];
    readonly values: Readonly<Record<string, number | string | null>>;
  }[];
}

export type ReadResult<O> = O extends { op: "get"; table: infer T extends Table }
  ? O extends { columns: readonly (infer K)[] }
    ? GetResult<T, K & ColumnName<T>>
    : GetResult<T>
  : O extends { op: "find"; table: infer T extends Table }
    ? O extends { columns: readonly (infer K)[] }
      ? Page<T, K & ColumnName<T>>
      : Page<T>
    : O extends { op: "count" }
      ? { readonly count: number }
      : O extends { op: "aggregate" }
        ? AggregateResult
        : never;

export type ReadResults<Ops extends readonly unknown[]> = { -readonly [I in keyof Ops]: ReadResult<Ops[I]> };

/** What must hold of a record for the batch to go through: it is absent, it exists, or it still has this revision. */
export type Expectation = "absent" | "exists" | { readonly rev: number };

/**
 * Writes a whole row.
 * - `insert`: the key and all unique keys must be free, else the batch is refused
 * - `upsert`: replaces the row with that key, which keeps the columns named in `keep`
 * - `skip`: inserts unless the key is taken; then nothing happens
 */
export interface Put<T extends Table = Table> {
  readonly op: "put";
  readonly table: T;
  readonly row: Readonly<Row<T>>;
  readonly mode: "insert" | "upsert" | "skip";
  readonly keep?: readonly ColumnName<T>[];
  readonly expect?: Expectation;
}

/** Changes the given columns of one row. A missing row is left missing, unless `expect` refuses that. */
export interface Patch<T extends Table = Table> {
  readonly op: "patch";
  readonly table: T;
  readonly key: Key;
  readonly set?: Partial<Readonly<Row<T>>>;
  /** Number and timestamp columns that become the greater of this value and the stored one plus 1 (a stored null counts as none). */
  readonly raise?: { readonly [column: string]: number };
  readonly expect?: Expectation;
}

/** Removes one row; a missing one is no error unless `expect` refuses that. */
export interface Remove<T extends Table = Table> {
  readonly op: "remove";
  readonly table: T;
  readonly key: Key;
  readonly expect?: Expectation;
}

/** Refuses the batch unless the record is as expected; changes nothing. */
export interface Check<T extends Table = Table> {
  readonly op: "check";
  readonly table: T;
  readonly key: Key;
  readonly expect: Expectation;
}

export type WriteOp<T extends Table = Table> = Put<T> | Patch<T> | Remove<T> | Check<T>;

/** What became of one write. `rev` is the record's revision afterwards, 0 when there is no record. */
export interface WriteResult {
  readonly outcome: "inserted" | "updated" | "skipped" | "removed" | "missing" | "checked";
  readonly rev: number;
}

/**
 * Removes up to `limit` rows as one atomic batch: of a walk, smallest first, or of the whole table in any order when no path
 * is given. An engine may remove fewer in one call and say `done: false`.
 */
export interface RemoveRange<T extends Table = Table> extends Omit<Walk<T>, "path"> {
  readonly path?: PathName<T>;
  readonly limit: number;
}

export interface RemoveRangeResult {
  readonly removed: number;
  /** True when nothing of the range is left. */
  readonly done: boolean;
}

export const get = <const T extends Table, const K extends ColumnName<T> = ColumnName<T>>(
  table: T,
  keys: readonly Key[],
  columns?: readonly K[],
): Get<T, K> => (columns ? { op: "get", table, keys, columns } : { op: "get", table, keys });

export const find = <T extends Table, const K extends ColumnName<T> = ColumnName<T>>(
  table: T,
  walk: Omit<Find<T, K>, "op" | "table">,
): Find<T, K> => ({ op: "find", table, ...walk });

export const count = <T extends Table>(table: T, walk: Omit<Count<T>, "op" | "table">): Count<T> => ({
  op: "count",
  table,
  ...walk,
});

export const aggregate = <T extends Table>(table: T, walk: Omit<Aggregate<T>, "op" | "table">): Aggregate<T> => ({
  op: "aggregate",
  table,
  ...walk,
});

export const insert = <T extends Table>(table: T, row: Readonly<Row<T>>): Put<T> => ({
  op: "put",
  table,
  row,
  mode: "insert",
});

export const upsert = <T extends Table>(
  table: T,
  row: Readonly<Row<T>>,
  options: { keep?: readonly ColumnName<T>[]; expect?: Expectation } = {},
): Put<T> => ({ op: "put", table, row, mode: "upsert", ...options });

export const insertOrSkip = <T extends Table>(table: T, row: Readonly<Row<T>>): Put<T> => ({
  op: "put",
  table,
  row,
  mode: "skip",
});

export const patch = <T extends Table>(
  table: T,
  key: Key,
  change: { set?: Partial<Readonly<Row<T>>>; raise?: { [column: string]: number }; expect?: Expectation },
): Patch<T> => ({ op: "patch", table, key, ...change });

export const remove = <T extends Table>(table: T, key: Key, expect?: Expectation): Remove<T> =>
  expect === undefined ? { op: "remove", table, key } : { op: "remove", table, key, expect };

export const check = <T extends Table>(table: T, key: Key, expect: Expectation): Check<T> => ({
  op: "check",
  table,
  key,
  expect,
});
