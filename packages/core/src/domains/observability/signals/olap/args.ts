import type { AggregateFunction, GroupBy } from "../../../../engine/operations.ts";
import { refused } from "../../conditions.ts";
import type { Aggregation } from "../types.ts";
import type { Measured } from "./subjects.ts";

export type Args = Readonly<Record<string, unknown>>;

export function argsOf(a: unknown): Args {
  if (typeof a !== "object" || a === null || Array.isArray(a)) throw refused("the arguments", "must be an object");
  return a as Args;
}

/** Columns of metrics whose distinct values may be counted. */
const distinctColumns: readonly unknown[] = [
  "entityType",
  "entityName",
  "parentEntityType",
  "parentEntityName",
  "rootEntityType",
  "rootEntityName",
  "name",
  "provider",
  "model",
  "environment",
  "executionSource",
  "serviceName",
  "threadId",
  "resourceId",
];

const functions = { sum: "sum", avg: "avg", min: "min", max: "max", count: "count" } as const;

/** How the values of a group become one. */
export type Reduction = { readonly fn: "last" } | AggregateFunction;

/** @throws StorageError `INVALID_ARGUMENT` for an unknown aggregation or distinct column. */
export function reductionOf({ aggregation, distinctColumn }: Args, { value: column, isMetric }: Measured): Reduction {
  if (aggregation === "last") return { fn: "last" };
  if (aggregation === "count_distinct") {
    if (!isMetric) return { fn: "countDistinct", column };
    if (!distinctColumns.includes(distinctColumn)) {
      throw refused("distinctColumn", `must be one of ${distinctColumns.join(", ")}`);
    }
    return { fn: "countDistinct", column: distinctColumn as string };
  }
  const fn = typeof aggregation === "string" && Object.hasOwn(functions, aggregation) ? aggregation : undefined;
  if (fn === undefined) {
    throw refused("aggregation", `must be one of ${[...Object.keys(functions), "last", "count_distinct"].join(", ")}`);
  }
  return fn === "count"
    ? { fn }
    : ({ fn: functions[fn as Exclude<Aggregation, "last" | "count_distinct">], column } as Reduction);
}

/** Names that are no group of their own although signals have them. */
const notGrouped: ReadonlySet<string> = new Set([
  "metadata",
  "scope",
  "data",
  "labels",
  "costMetadata",
  "tags",
  "timestamp",
  "value",
  "estimatedCost",
]);

/** @throws StorageError `INVALID_ARGUMENT` for what is neither a column nor, of metrics, a label. */
export function groupsOf(
  { groupBy = [] }: Args,
  { columns, isMetric }: Measured,
  least = 0,
): { names: string[]; by: GroupBy[] } {
  if (!Array.isArray(groupBy) || groupBy.length < least || groupBy.some((name) => typeof name !== "string")) {
    throw refused("groupBy", "must be a list of names");
  }
  const names = [...new Set(groupBy as string[])];
  const by = names.map((name): GroupBy => {
    const column = columns.get(name);
    if (column !== undefined) return { column };
    if (!isMetric || notGrouped.has(name)) throw refused(`groupBy ${name}`, "is nothing to group by");
    return { column: "labels", member: name };
  });
  return { names, by };
}

const minute = 60_000;
const intervals = {
  "1m": minute,
  "5m": 5 * minute,
  "15m": 15 * minute,
  "1h": 60 * minute,
  "1d": 1440 * minute,
} as const;

/** The width of a bucket in milliseconds. */
export function intervalOf(value: unknown): number {
  if (typeof value === "string" && Object.hasOwn(intervals, value)) return intervals[value as keyof typeof intervals];
  throw refused("interval", `must be one of ${Object.keys(intervals).join(", ")}`);
}

export function percentilesOf({ percentiles }: Args): number[] {
  const isOne = (p: unknown) => typeof p === "number" && p >= 0 && p <= 1;
  if (!Array.isArray(percentiles) || percentiles.length === 0 || !percentiles.every(isOne)) {
    throw refused("percentiles", "must be a list of numbers from 0 to 1");
  }
  return percentiles as number[];
}

export function limitOf({ limit }: Args): number | undefined {
  if (limit === undefined) return undefined;
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw refused("limit", "must be a whole number from 1 to 1000");
}

export function isAscending({ orderDirection = "DESC" }: Args): boolean {
  if (orderDirection === "ASC" || orderDirection === "DESC") return orderDirection === "ASC";
  throw refused("orderDirection", "must be ASC or DESC");
}
