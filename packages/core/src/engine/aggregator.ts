import { StorageError } from "../errors.ts";
import type { EngineValue } from "./column.ts";
import { compareTuples, compareValues } from "./compare.ts";
import type { Aggregate, AggregateFunction, AggregateResult, GroupBy } from "./operations.ts";

interface Group {
  readonly group: EngineValue[];
  readonly states: Record<string, State>;
}

interface State {
  add(row: Readonly<Record<string, unknown>>): void;
  result(): number | string | null;
}

/**
 * The derived form of aggregates: feeds on the rows of a walk, holds one state per group and measure. Engines with native
 * aggregates must give equal results.
 */
export class Aggregator {
  private readonly groups = new Map<string, Group>();
  private rows = 0;
  private readonly op: Aggregate;
  private readonly rowBudget: number;

  constructor(op: Aggregate, rowBudget = 1_000_000) {
    this.op = op;
    this.rowBudget = rowBudget;
  }

  /** Columns that the walk must read for this aggregate, its filter apart. */
  static columns(op: Aggregate): string[] {
    const names = new Set<string>(op.table.key);
    for (const { column } of op.groupBy ?? []) names.add(column);
    for (const measure of Object.values(op.measures)) {
      if ("column" in measure) names.add(measure.column);
      if (measure.fn === "last") names.add(measure.by);
    }
    return [...names];
  }

  /** @throws StorageError `resource_limit` past the row budget. */
  add(row: Readonly<Record<string, unknown>>): void {
    if (++this.rows > this.rowBudget) {
      throw new StorageError("too many rows to aggregate; narrow the range or the filter", {
        code: "resource_limit",
        details: { table: this.op.table.name, rows: this.rowBudget },
      });
    }
    const group = (this.op.groupBy ?? []).map((by) => groupValue(by, row));
    const id = JSON.stringify(group.map((value) => (typeof value === "bigint" ? `${value}n` : value)));
    let found = this.groups.get(id);
    if (!found) {
      found = { group, states: mapValues(this.op.measures, (measure) => newState(measure, this.op.table.key)) };
      this.groups.set(id, found);
    }
    for (const state of Object.values(found.states)) state.add(row);
  }

  /** Groups in tuple order, null first. Without `groupBy` there is always exactly one. */
  result(): AggregateResult {
    if (!this.op.groupBy?.length && this.groups.size === 0) {
      const states = mapValues(this.op.measures, (measure) => newState(measure, this.op.table.key));
      return { groups: [{ group: [], values: mapValues(states, (state) => state.result()) }] };
    }
    const groups = [...this.groups.values()].sort((a, b) => compareTuples(a.group, b.group));
    return {
      groups: groups.map(({ group, states }) => ({ group, values: mapValues(states, (state) => state.result()) })),
    };
  }
}

function groupValue(by: GroupBy, row: Readonly<Record<string, unknown>>): EngineValue {
  const value = row[by.column] as EngineValue;
  if (value === null) return null;
  if ("bucket" in by) return Math.floor((value as number) / by.bucket) * by.bucket;
  if (!("member" in by)) return value;
  const object: unknown = JSON.parse(value as string);
  if (typeof object !== "object" || object === null || !Object.hasOwn(object, by.member)) return null;
  const member = (object as Record<string, unknown>)[by.member];
  return typeof member === "string" ? member : null;
}

function newState(measure: AggregateFunction, key: readonly string[]): State {
  switch (measure.fn) {
    case "count": {
      let n = 0;
      return { add: () => void n++, result: () => n };
    }
    case "countDistinct": {
      const seen = new Set<unknown>();
      return {
        add: (row) => void (row[measure.column] !== null && seen.add(row[measure.column])),
        result: () => seen.size,
      };
    }
    case "last": {
      let best: readonly EngineValue[] | undefined;
      let value: number | string | null = null;
      return {
        add(row) {
          if (row[measure.column] === null) return;
          const place = [row[measure.by], ...key.map((column) => row[column])] as EngineValue[];
          if (best && compareTuples(place, best) <= 0) return;
          best = place;
          value = row[measure.column] as number;
        },
        result: () => value,
      };
    }
    case "quantile": {
      const values: number[] = [];
      return {
        add: (row) => void (row[measure.column] !== null && values.push(row[measure.column] as number)),
        result: () => interpolate(values, measure.p),
      };
    }
    default:
      return numberState(measure.fn, measure.column);
  }
}

function numberState(fn: "sum" | "min" | "max" | "avg", column: string): State {
  let n = 0;
  const sum = new CompensatedSum();
  let edge: EngineValue = null;
  return {
    add(row) {
      const value = row[column] as EngineValue;
      if (value === null) return;
      n++;
      if (fn === "sum" || fn === "avg") sum.add(Number(value));
      else if (edge === null || compareValues(value, edge) < 0 === (fn === "min")) edge = value;
    },
    result() {
      if (n === 0) return null;
      if (fn === "sum") return sum.total();
      if (fn === "avg") return sum.total() / n;
      return edge as number | string;
    },
  };
}

/**
 * Adds doubles and keeps what rounding takes away (Kahan, Babuška, Neumaier), so that the total hardly depends on the order
 * of the rows. SQLite adds in the same way.
 */
class CompensatedSum {
  private sum = 0;
  private lost = 0;

  add(value: number): void {
    const next = this.sum + value;
    this.lost += Math.abs(this.sum) > Math.abs(value) ? this.sum - next + value : value - next + this.sum;
    this.sum = next;
  }

  total(): number {
    return Number.isFinite(this.lost) ? this.sum + this.lost : this.sum;
  }
}

/** Linear interpolation at position p × (n − 1) of the ordered values; null when there are none. */
export function interpolate(values: readonly number[], p: number): number | null {
  if (values.length === 0) return null;
  const ordered = [...values].sort((a, b) => a - b);
  const position = p * (ordered.length - 1);
  const below = ordered[Math.floor(position)] as number;
  const above = ordered[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
