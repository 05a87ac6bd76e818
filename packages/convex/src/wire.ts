import type { Column, EngineValue, Expectation, Table, WriteOp, WriteResult } from "@stowage/core/engine";
import { type KvWrite, Layout, packRow, unpackRow } from "@stowage/kv";

/** What the client and the deployed functions say to each other. They refuse one another when the number differs. */
export const protocol = 1;

/** Marks the data of errors that the functions throw, so that they are told from errors of anybody else's. */
export interface WireError {
  readonly stowage: "protocol" | "secret" | "too_large";
}

/** A table as the functions need it: they know of no table by themselves, so none of them means a deployment. */
export interface WireTable {
  readonly name: string;
  readonly key: readonly string[];
  /** Every column there is, those of the writer's declaration first. */
  readonly columns: readonly (readonly [name: string, type: Column["type"], isNullable: boolean])[];
  /** How many of the columns the writer declares. */
  readonly declared: number;
  readonly indexes: readonly { readonly eq: readonly string[]; readonly sort: readonly string[] }[];
  readonly unique: readonly (readonly string[])[];
  /** That of the layout, to be tested; 0 for the table of the layouts itself. */
  readonly version: number;
}

/** One operation on the record `id` of the table at `table`. A row is packed: JSON stands in it as it is. */
export interface WireOp {
  readonly op: "insert" | "upsert" | "skip" | "patch" | "remove" | "check";
  readonly table: number;
  readonly id: string;
  readonly expect?: Expectation;
  readonly row?: string;
  /** Columns that a patch sets to null. */
  readonly nulls?: readonly string[];
  readonly keep?: readonly string[];
  readonly raise?: readonly (readonly [column: string, value: number])[];
}

export type WireRow = readonly [rev: number, text: string];

interface WireSpan {
  readonly group: string;
  readonly from?: string;
  readonly to?: string;
}

/** What is wanted of rows. */
interface WireColumns {
  /** All when absent. */
  readonly columns?: readonly string[];
  /** They are among those that a record has beside the parts of its row. */
  readonly inHead?: boolean;
}

/** What a request reads. */
export type WireRequest =
  | (WireColumns & { readonly kind: "records"; readonly table: string; readonly ids: readonly string[] })
  | (WireColumns &
      WireSpan & {
        readonly kind: "walk";
        readonly direction: "asc" | "desc";
        readonly skip: number;
        readonly limit: number;
      })
  | (WireSpan & { readonly kind: "count" })
  | (WireColumns & {
      readonly kind: "table";
      readonly table: string;
      readonly limit: number;
      readonly after?: string;
    });

/**
 * What was found before the function's budget was spent; nothing at all where an earlier request has used it up. `rows` of
 * records are those of the first ids; `through` is the last place or id that was looked at.
 */
export interface WireAnswers {
  readonly records: { readonly rows: readonly (WireRow | null)[] };
  readonly walk: {
    readonly rows: readonly WireRow[];
    readonly skipped: number;
    readonly more: boolean;
    readonly through?: string;
  };
  readonly count: { readonly count: number; readonly more: boolean; readonly through?: string };
  readonly table: { readonly rows: readonly WireRow[]; readonly more: boolean; readonly through?: string };
}

export type WireAnswer = WireAnswers[WireRequest["kind"]];

export interface ReadCall {
  readonly requests: readonly WireRequest[];
}

export interface WriteCall {
  /** What the names of tables begin with. */
  readonly prefix: string;
  readonly maxPartBytes: number;
  /** The writer's clock: revisions go on from it. */
  readonly at: number;
  readonly tables: readonly WireTable[];
  /**
   * A batch, a part of the bulk form, the records of the first table that are to get their entries, or the removal of what
   * earlier writes left.
   */
  readonly work:
    | { readonly kind: "batch"; readonly ops: readonly WireOp[]; readonly slot: string; readonly id: string }
    | { readonly kind: "bulk"; readonly ops: readonly WireOp[] }
    | { readonly kind: "index"; readonly ids: readonly string[] }
    | { readonly kind: "clear" };
}

/** What came of a write. Where it was refused, or rests on a layout that is out of date, nothing was written. */
export type WriteAnswer =
  | {
      readonly kind: "done";
      readonly results: readonly (readonly [WriteResult["outcome"], number])[];
      /** There is something to clear. */
      readonly left?: boolean;
    }
  | {
      readonly kind: "refused";
      readonly index: number;
      /** Empty where the operation tells it. */
      readonly key: string;
      readonly reason: string;
      readonly unique?: string;
    }
  | { readonly kind: "layout" };

/** The group of entries that a walk goes along. */
export const entryGroup = (table: string, index: string, group: string): string => `${table}/${index}/${group}`;
/** The group of the claims of a unique key. */
export const claimGroup = (table: string, unique: string): string => `${table}/${unique}`;

export function wireTable(layout: Layout): WireTable {
  const { table, columns, columnNames } = layout;
  return {
    name: table.name,
    key: table.key,
    columns: columnNames.map((name) => {
      const { type, isNullable } = columns[name] as Column;
      return [name, type, isNullable];
    }),
    declared: table.columnNames.length,
    indexes: layout.indexes.map(({ eq, sort }) => ({ eq, sort })),
    unique: layout.unique.map(({ columns }) => columns),
    version: layout.version,
  };
}

export function layoutOf(wire: WireTable, maxPartBytes: number): Layout {
  const declared = wire.columns.slice(0, wire.declared);
  const table: Table = {
    name: wire.name,
    key: wire.key,
    columns: Object.fromEntries(declared.map(([name, type, isNullable]) => [name, { type, isNullable }])),
    columnNames: declared.map(([name]) => name),
    unique: [],
    paths: {},
    format: 1,
  };
  const { version, columns } = wire;
  const indexes = wire.indexes.map((index) => ({ ...index, built: true }));
  const unique = wire.unique.map((names) => ({ columns: names, built: true }));
  return new Layout(table, { version, format: 1, columns, indexes, unique }, maxPartBytes);
}

export function wireOp({ op, layout, id }: KvWrite, table: number): WireOp {
  const base = { table, id, ...(op.expect !== undefined && { expect: op.expect }) };
  if (op.op === "put") {
    return { op: op.mode, ...base, row: packRow(layout, op.row), ...(op.keep?.length && { keep: [...op.keep] }) };
  }
  if (op.op !== "patch") return { op: op.op, ...base };
  const set = (op.set ?? {}) as Readonly<Record<string, EngineValue>>;
  const nulls = Object.keys(set).filter((column) => (set[column] ?? null) === null);
  return {
    op: "patch",
    ...base,
    row: packRow(layout, set),
    ...(nulls.length > 0 && { nulls }),
    ...(op.raise && { raise: Object.entries(op.raise) }),
  };
}

/** The operation again. Its key is empty: the id stands for it. */
export function writeOf({ op, id, row = "=7:[[],[]]", ...wire }: WireOp, layout: Layout): KvWrite {
  const { table } = layout;
  const expect = wire.expect !== undefined && { expect: wire.expect };
  const make = (write: object): KvWrite => ({ layout, id, op: { table, ...write, ...expect } as WriteOp });
  if (op === "remove" || op === "check") return make({ op, key: [] });
  const values = unpackRow(layout, row, 0);
  if (op !== "patch") return make({ op: "put", mode: op, row: values, ...(wire.keep && { keep: wire.keep }) });
  const set: Record<string, EngineValue> = {};
  for (const column of layout.columnNames) if (values[column] !== null) set[column] = values[column] as EngineValue;
  for (const column of wire.nulls ?? []) set[column] = null;
  return make({ op: "patch", key: [], set, ...(wire.raise && { raise: Object.fromEntries(wire.raise) }) });
}
