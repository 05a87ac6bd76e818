import { interpolate } from "../../../engine/aggregator.ts";
import { compareTuples } from "../../../engine/compare.ts";
import { refused } from "../conditions.ts";
import { intervalOf } from "../signals/olap/args.ts";
import { fieldValue, type QueryRow } from "./fields.ts";
import { planOf, type Selection } from "./plan.ts";
import { matchingTraces, type QueryRun } from "./population.ts";

interface MeasureName {
  readonly name: string;
  /** What is counted, of a count of distinct values. */
  readonly field?: string;
}

type Having =
  | { readonly type: "comparison"; readonly measure: string; readonly operator: string; readonly value: number }
  | {
      readonly type: "membership";
      readonly measure: string;
      readonly operator: "in" | "notIn";
      readonly values: readonly number[];
    }
  | { readonly type: "boolean"; readonly operator: "and" | "or"; readonly args: readonly Having[] }
  | { readonly type: "not"; readonly arg: Having };

type AggregatePlan = Selection & {
  readonly dimensions: readonly string[];
  readonly interval?: string;
  readonly measures: readonly MeasureName[];
  readonly having?: Having;
  readonly orderBy?: {
    readonly target: "measure" | "dimension";
    readonly measure?: string;
    readonly dimension?: string;
    readonly direction: "asc" | "desc";
  };
  readonly limit?: number;
};

const longestRange = 365 * 24 * 60 * 60 * 1000;

/** Measures over traces by groups. What one group needs while rows come in; `T` are the traces of a group or of its bucket. */
class Tally {
  count = 0;
  errors = 0;
  private readonly durations: number[] = [];
  private readonly distinct = new Map<string, Set<unknown>>();

  add(row: QueryRow, fields: readonly string[]): void {
    this.count++;
    if (row.status === "error") this.errors++;
    this.durations.push((row.endedAt as number) - (row.startedAt as number));
    for (const field of fields) {
      const value = fieldValue("trace", row, field);
      const seen = this.distinct.get(field) ?? new Set();
      if (value !== null) seen.add(value);
      this.distinct.set(field, seen);
    }
  }

  measure(name: string): number {
    if (name === "count") return this.count;
    if (name === "errorCount") return this.errors;
    if (name === "errorRate") return this.errors / this.count;
    if (name.startsWith("countDistinct.")) return this.distinct.get(name.slice("countDistinct.".length))?.size ?? 0;
    const statistic = name.startsWith("duration.") ? name.slice("duration.".length) : "";
    const { durations } = this;
    if (statistic === "avg") return durations.reduce((sum, value) => sum + value, 0) / durations.length;
    if (statistic === "min") return durations.reduce((a, b) => Math.min(a, b));
    if (statistic === "max") return durations.reduce((a, b) => Math.max(a, b));
    const percentile = /^p(50|90|95|99)$/.exec(statistic)?.[1];
    if (percentile === undefined) throw refused("measures", `holds ${name}, which is none`);
    return interpolate(durations, Number(percentile) / 100) as number;
  }
}

interface Group {
  readonly tuple: readonly (string | null)[];
  readonly whole: Tally;
  readonly buckets: Map<number, Tally>;
}

/** Numbers over traces whose root has ended. Exact, percentiles included. */
export async function aggregateTraces(run: QueryRun, given: unknown): Promise<object> {
  const plan = planOf(given) as unknown as AggregatePlan;
  const { dimensions = [], measures, having, limit = 100 } = plan;
  if (!Array.isArray(measures) || measures.length === 0) throw refused("measures", "must be a list of measures");
  if (Date.parse(plan.timeRange?.to) - Date.parse(plan.timeRange?.from) > longestRange) {
    throw refused("timeRange", "must not span more than 365 days");
  }
  const interval = plan.interval === undefined ? undefined : intervalOf(plan.interval);
  const groups = await tallied(run, plan, interval);
  const passed = having ? groups.filter(({ whole }) => holds(having, whole)) : groups;
  const rows = passed
    .sort(comparison(plan))
    .slice(0, limit)
    .flatMap(({ tuple, whole, buckets }) => {
      const named = dimensions.length > 0 && {
        dimensions: Object.fromEntries(dimensions.map((name, index) => [name, tuple[index] ?? null])),
      };
      const numbers = (tally: Tally) => ({
        measures: Object.fromEntries(measures.map(({ name }) => [name, tally.measure(name)])),
      });
      if (interval === undefined) return [{ ...named, ...numbers(whole) }];
      const ascending = [...buckets].sort(([a], [b]) => a - b);
      return ascending.map(([at, tally]) => ({ ...named, bucket: new Date(at).toISOString(), ...numbers(tally) }));
    });
  return { rows, truncated: passed.length > limit };
}

async function tallied(run: QueryRun, plan: AggregatePlan, interval: number | undefined): Promise<Group[]> {
  const { dimensions = [], measures } = plan;
  const named = [...measures.map(({ name }) => name), plan.orderBy?.measure ?? "", ...measuresIn(plan.having)];
  const prefix = "countDistinct.";
  const fields = [...new Set(named.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)))];
  const groups = new Map<string, Group>();
  for await (const { row } of matchingTraces(run, plan, { field: "startedAt", isDescending: false })) {
    const tuple = dimensions.map((name) => fieldValue("trace", row, name) as string | null);
    const key = JSON.stringify(tuple);
    const group = groups.get(key) ?? { tuple, whole: new Tally(), buckets: new Map<number, Tally>() };
    groups.set(key, group);
    group.whole.add(row, fields);
    if (interval === undefined) continue;
    const at = Math.floor((row.startedAt as number) / interval) * interval;
    const bucket = group.buckets.get(at) ?? new Tally();
    group.buckets.set(at, bucket);
    bucket.add(row, fields);
  }
  return [...groups.values()];
}

/** The order of groups: by a measure over the whole range or by a dimension, ties by the tuple. */
function comparison({ orderBy, dimensions = [] }: AggregatePlan): (a: Group, b: Group) => number {
  const { target = "measure", measure = "count", dimension, direction = "desc" } = orderBy ?? {};
  const sign = direction === "asc" ? 1 : -1;
  const place = dimensions.indexOf(dimension ?? "");
  const first = (a: Group, b: Group) =>
    target === "dimension"
      ? compareTuples([a.tuple[place] ?? null], [b.tuple[place] ?? null])
      : a.whole.measure(measure) - b.whole.measure(measure);
  return (a, b) => sign * first(a, b) || compareTuples(a.tuple, b.tuple);
}

function measuresIn(having: Having | undefined): string[] {
  if (!having) return [];
  if (having.type === "boolean") return having.args.flatMap(measuresIn);
  return having.type === "not" ? measuresIn(having.arg) : [having.measure];
}

function holds(having: Having, tally: Tally): boolean {
  switch (having.type) {
    case "boolean":
      return having.operator === "and"
        ? having.args.every((arg) => holds(arg, tally))
        : having.args.some((arg) => holds(arg, tally));
    case "not":
      return !holds(having.arg, tally);
    case "membership":
      return having.values.includes(tally.measure(having.measure)) === (having.operator === "in");
    case "comparison":
      return compares(having.operator, tally.measure(having.measure), having.value);
  }
}

function compares(operator: string, a: number, b: number): boolean {
  const tests: Record<string, boolean> = { eq: a === b, ne: a !== b, lt: a < b, lte: a <= b, gt: a > b, gte: a >= b };
  return tests[operator] ?? false;
}
