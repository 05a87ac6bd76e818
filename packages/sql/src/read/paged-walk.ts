import { compareTuples, type EngineValue, filterColumns } from "@stowage/core/engine";
import type { SqlRow, Statement } from "../connection.ts";
import type { RowReader, StoredRecord } from "../row-reader.ts";
import type { Reading } from "./reading.ts";
import type { WalkPlan } from "./walk.ts";

/** How a walk ended: by itself, because its visitor had enough, or because it had looked at as many rows as it may. */
export type WalkEnd = "exhausted" | "enough" | "budget";

export interface PagedWalkOptions {
  readonly columns: readonly string[];
  readonly after?: readonly EngineValue[] | undefined;
  readonly firstPage: number;
  readonly largestPage: number;
  /** Whether {@link stop} surely ends the walk after its first page. Default `false`. */
  readonly onePage?: boolean;
  /** Asked between pages, with the number of rows looked at: whether to stop. Default: never. */
  readonly stop?: (scanned: number) => boolean;
  /** Sees the rows that pass the filter, in path order, and ends the walk by returning `false`. */
  readonly visit: (row: StoredRecord) => boolean;
  /** Makes the result; `last` is the last row looked at. */
  readonly finish: (end: WalkEnd, last: StoredRecord | undefined) => unknown;
}

/**
 * A walk page by page, each twice as long as the one before, for what the database does not do itself: testing a residual
 * filter, feeding an aggregate, or merging more branches than one statement may join.
 */
export class PagedWalk implements Reading {
  readonly walksOn: boolean;
  private readonly plan: WalkPlan;
  private readonly reader: RowReader;
  private readonly test: ((row: StoredRecord) => boolean) | undefined;
  private readonly options: PagedWalkOptions;
  private page: number;
  private scanned = 0;
  private after: readonly EngineValue[] | undefined;
  private done = false;
  private value: unknown;

  constructor(plan: WalkPlan, options: PagedWalkOptions) {
    this.plan = plan;
    this.reader = plan.mapping.reader(neededColumns(plan, options.columns));
    this.test = plan.test;
    this.options = options;
    this.walksOn = !options.onePage;
    this.page = Math.max(1, Math.min(options.firstPage, options.largestPage));
    this.after = options.after;
    if (plan.branches.length === 0) this.end("exhausted");
  }

  statements(): readonly Statement[] {
    if (this.done) return [];
    return this.plan.select(this.reader.list, { limit: this.page, ...(this.after && { after: this.after }) });
  }

  accept(answers: readonly (readonly SqlRow[])[]): void {
    const rows = this.merge(answers).slice(0, this.page);
    this.scanned += rows.length;
    const end = this.look(rows);
    const last = rows[rows.length - 1];
    if (end) this.end(end, last);
    else {
      this.after = this.plan.path.order.map((column) => last?.[column] as EngineValue);
      this.page = Math.min(this.page * 2, this.options.largestPage);
    }
  }

  result(): unknown {
    return this.value;
  }

  /** Shows a page to the visitor; whether and why the walk ends with it. */
  private look(rows: readonly StoredRecord[]): WalkEnd | undefined {
    for (const row of rows) {
      if (this.test && !this.test(row)) continue;
      if (!this.options.visit(row)) return "enough";
    }
    if (rows.length < this.page) return "exhausted";
    return this.options.stop?.(this.scanned) ? "budget" : undefined;
  }

  private end(end: WalkEnd, last?: StoredRecord): void {
    this.value = this.options.finish(end, last);
    this.done = true;
  }

  private merge(answers: readonly (readonly SqlRow[])[]): StoredRecord[] {
    const rows = answers.flatMap((part) => part.map((row) => this.reader.read(row)));
    if (answers.length < 2) return rows;
    const { order } = this.plan.path;
    const place = (row: StoredRecord) => order.map((column) => row[column] as EngineValue);
    const sign = this.plan.descending ? -1 : 1;
    return rows.sort((a, b) => sign * compareTuples(place(a), place(b)));
  }
}

/** The columns wanted, those of the path's order, to go on from, and those that the residual filter looks at. */
function neededColumns({ path, residual, mapping }: WalkPlan, wanted: readonly string[]): readonly string[] {
  const names = new Set([...wanted, ...path.order, ...filterColumns(residual)]);
  const { columnNames } = mapping.table;
  return names.size === columnNames.length ? columnNames : [...names];
}
