import { Aggregator } from "../../../../engine/aggregator.ts";
import type { EngineValue } from "../../../../engine/column.ts";
import type { Engine } from "../../../../engine/engine.ts";
import { allOf } from "../../../../engine/filter.ts";
import {
  type Aggregate,
  type AggregateFunction,
  aggregate,
  type Find,
  find,
  type GroupBy,
} from "../../../../engine/operations.ts";
import type { Table } from "../../../../engine/table.ts";
import { readPage, walkPages } from "../../../shared/pages.ts";
import { isInverted } from "../../conditions.ts";
import { type SignalQuery, signalWalk } from "../filters.ts";
import type { Reduction } from "./args.ts";
import type { Measured } from "./subjects.ts";

export interface Group {
  readonly group: readonly EngineValue[];
  readonly values: Readonly<Record<string, number | null>>;
}

export interface Cost {
  readonly estimatedCost: number | null;
  /** Every unit seen. With more than one the sum says nothing. */
  readonly units: readonly string[];
}

export interface MeasuredGroups {
  /** In tuple order, null first. Without grouping exactly one. */
  readonly groups: readonly Group[];
  /** Costs by group, see {@link groupKey}; of metrics only. */
  readonly costs: ReadonlyMap<string, Cost>;
}

export const groupKey = (group: readonly EngineValue[]): string => JSON.stringify(group);
export const noCost: Cost = { estimatedCost: null, units: [] };

/**
 * Numbers over signals, by the database where it computes them exactly, else by the shared aggregator over the rows of the
 * walk. One round trip where the database computes.
 *
 * @throws StorageError `resource_limit` when the aggregator would have to look at more than a million rows.
 */
export async function measure(
  engine: Engine,
  kind: Measured,
  query: SignalQuery,
  groupBy: readonly GroupBy[],
  reductions: Readonly<Record<string, Reduction>>,
): Promise<MeasuredGroups> {
  const walk = signalWalk(query, "timestamp") as object as { path: never };
  if (query.matchesNothing || isInverted(query.timestamp)) {
    return { groups: new Aggregator(lastValue(kind, walk, groupBy)).result().groups as Group[], costs: new Map() };
  }
  const isLast = Object.values(reductions).some(({ fn }) => fn === "last");
  const main = aggregate(kind.table, { ...walk, groupBy, measures: reductions as Record<string, AggregateFunction> });
  const costs = kind.isMetric ? [costsOf(kind.table, walk, groupBy)] : [];
  const ops = [...(isLast ? [] : [main]), ...costs];
  const answers = ops.length > 0 ? await engine.read(ops) : [];
  const groups = isLast ? await lastValues(engine, kind, walk, groupBy) : (answers[0]?.groups as Group[]);
  return { groups, costs: kind.isMetric ? gathered(answers.at(-1)?.groups ?? []) : new Map() };
}

/** Costs by group and unit, so that one answer holds both the sum and whether the units differ. */
function costsOf(table: Table, walk: { path: never }, groupBy: readonly GroupBy[]): Aggregate {
  const { filter } = walk as { filter?: Aggregate["filter"] };
  const costs = (["estimatedCost", "costUnit"] as const).map((column) => ({ op: "notNull", column }) as const);
  const hasCost = allOf(filter, { op: "or", args: costs });
  return aggregate(table, {
    ...walk,
    ...(hasCost && { filter: hasCost }),
    groupBy: [...groupBy, { column: "costUnit" }],
    measures: { cost: { fn: "sum", column: "estimatedCost" } },
  });
}

function gathered(groups: readonly { group: readonly EngineValue[]; values: Readonly<Record<string, unknown>> }[]) {
  const found = new Map<string, Cost>();
  for (const { group, values } of groups) {
    const key = groupKey(group.slice(0, -1));
    const { estimatedCost, units } = found.get(key) ?? noCost;
    const unit = group.at(-1) as string | null;
    found.set(key, {
      estimatedCost: values.cost === null ? estimatedCost : (estimatedCost ?? 0) + (values.cost as number),
      units: unit === null ? units : [...units, unit],
    });
  }
  return found;
}

const lastValue = (kind: Measured, walk: { path: never }, groupBy: readonly GroupBy[]): Aggregate =>
  aggregate(kind.table, { ...walk, groupBy, measures: { value: { fn: "last", column: kind.value, by: "timestamp" } } });

/**
 * The latest value of each group, of equal times the one that arrived last. No database is asked for it: to them the key
 * decides between equal times. Here the arrival takes the key's place.
 */
async function lastValues(
  engine: Engine,
  kind: Measured,
  walk: { path: never },
  groupBy: readonly GroupBy[],
): Promise<Group[]> {
  const op = lastValue(kind, walk, groupBy);
  const aggregator = new Aggregator(op);
  const idColumn = kind.table.key[0] as string;
  const columns = [...new Set([...Aggregator.columns(op), "arrival"])];
  let rows = find(kind.table, { ...walk, columns }) as Find;
  if (groupBy.length === 0) {
    const [latest] = (await readPage(engine, { ...rows, direction: "desc", limit: 1 })).rows;
    if (!latest) return aggregator.result().groups as Group[];
    const bound = { at: [latest.timestamp as EngineValue], inclusive: true };
    rows = { ...rows, range: { lower: bound, upper: bound } };
  }
  for await (const page of walkPages(engine, rows, 1000)) {
    for (const row of page) aggregator.add({ ...row, [idColumn]: row.arrival });
  }
  return aggregator.result().groups as Group[];
}
