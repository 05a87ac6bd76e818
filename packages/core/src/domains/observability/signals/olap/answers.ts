import { compareTuples } from "../../../../engine/compare.ts";
import type { Engine } from "../../../../engine/engine.ts";
import { readInstant } from "../../../shared/values.ts";
import { refused } from "../../conditions.ts";
import type { AggregateAnswer, BreakdownAnswer, PercentilesAnswer, TimeSeriesAnswer } from "../types.ts";
import { type Args, argsOf, groupsOf, intervalOf, isAscending, limitOf, percentilesOf, reductionOf } from "./args.ts";
import { type Cost, type Group, groupKey, measure, noCost } from "./measure.ts";
import type { Subject } from "./subjects.ts";

export type SubjectReader = (args: Args) => Subject;

const day = 24 * 60 * 60 * 1000;

/** One number over all rows, and the one of an earlier range to compare it with. */
export async function aggregateSignals(engine: Engine, read: SubjectReader, a: unknown): Promise<AggregateAnswer> {
  const args = argsOf(a);
  const { kind, query } = read(args);
  const reductions = { value: reductionOf(args, kind) };
  const shift = shiftOf(args);
  const earlier = query();
  if (shift !== undefined) {
    const { from, to } = earlier.timestamp;
    earlier.timestamp = { from: (from as number) - shift, to: (to as number) - shift };
  }
  const queries = shift === undefined ? [query()] : [query(), earlier];
  const numbers = queries.map(async (asked) => {
    const { groups, costs } = await measure(engine, kind, asked, [], reductions);
    return { value: numberOf(groups[0], reductions.value.fn), ...costOf(costs.get(groupKey([]))) };
  });
  const [now, before] = await Promise.all(numbers);
  const { value, estimatedCost, costUnit } = now as NonNullable<typeof now>;
  return {
    value,
    ...(before && { previousValue: before.value, changePercent: change(value, before.value) }),
    ...(kind.isMetric && { estimatedCost, costUnit }),
    ...(kind.isMetric &&
      before && {
        previousEstimatedCost: before.estimatedCost,
        costChangePercent: change(estimatedCost, before.estimatedCost),
      }),
  };
}

/** A number for each tuple of values, greatest first unless asked otherwise. */
export async function breakDownSignals(engine: Engine, read: SubjectReader, a: unknown): Promise<BreakdownAnswer> {
  const args = argsOf(a);
  const { kind, query } = read(args);
  const { names, by } = groupsOf(args, kind, 1);
  const reductions = { value: reductionOf(args, kind) };
  const limit = limitOf(args);
  const sign = isAscending(args) ? 1 : -1;
  const { groups, costs } = await measure(engine, kind, query(), by, reductions);
  const ordered = [...groups].sort(
    (a, b) => sign * (Number(a.values.value) - Number(b.values.value)) || compareTuples(a.group, b.group),
  );
  return {
    groups: ordered.slice(0, limit).map(({ group, values }) => ({
      dimensions: Object.fromEntries(names.map((name, index) => [name, group[index] as string | null])),
      value: values.value as number,
      ...(kind.isMetric && costOf(costs.get(groupKey(group)))),
    })),
  };
}

/** A number for each bucket of time that has rows, as one series or as one for each tuple of values. */
export async function seriesOfSignals(engine: Engine, read: SubjectReader, a: unknown): Promise<TimeSeriesAnswer> {
  const args = argsOf(a);
  const { kind, query, name } = read(args);
  const { by } = groupsOf(args, kind);
  const bucket = { column: "timestamp", bucket: intervalOf(args.interval) };
  const reductions = { value: reductionOf(args, kind) };
  const { groups, costs } = await measure(engine, kind, query(), [...by, bucket], reductions);
  const series = Map.groupBy(groups, ({ group }) => groupKey(group.slice(0, -1)));
  return {
    series: [...series.values()].map((points) => {
      const tuple = points[0]?.group.slice(0, -1) ?? [];
      const pointCosts = points.map(({ group }) => costs.get(groupKey(group)) ?? noCost);
      return {
        name: tuple.length === 0 ? name : tuple.map((value) => value ?? "").join("|"),
        ...(kind.isMetric && { costUnit: unitOf(pointCosts) }),
        points: points.map(({ group, values }, index) => ({
          timestamp: new Date(group.at(-1) as number),
          value: values.value as number,
          ...(kind.isMetric && { estimatedCost: pointCosts[index]?.estimatedCost ?? null }),
        })),
      };
    }),
  };
}

/** Interpolated percentiles for each bucket of time that has rows, a series for each percentile asked for. */
export async function percentilesOfSignals(
  engine: Engine,
  read: SubjectReader,
  a: unknown,
): Promise<PercentilesAnswer> {
  const args = argsOf(a);
  const { kind, query } = read(args);
  const percentiles = percentilesOf(args);
  const bucket = { column: "timestamp", bucket: intervalOf(args.interval) };
  const reductions = Object.fromEntries(
    percentiles.map((p, index) => [`p${index}`, { fn: "quantile", column: kind.value, p } as const]),
  );
  const { groups } = await measure(engine, { ...kind, isMetric: false }, query(), [bucket], reductions);
  return {
    series: percentiles.map((percentile, index) => ({
      percentile,
      points: groups.map(({ group, values }) => ({
        timestamp: new Date(group[0] as number),
        value: values[`p${index}`] as number,
      })),
    })),
  };
}

const costOf = (cost = noCost) => ({ estimatedCost: cost.estimatedCost, costUnit: unitOf([cost]) });

/** The only unit seen; null when there was none or more than one. */
function unitOf(costs: readonly Cost[]): string | null {
  const [unit = null, ...others] = new Set(costs.flatMap(({ units }) => units));
  return others.length > 0 ? null : unit;
}

/** A count of nothing is 0, any other number of nothing is null. */
function numberOf(group: Group | undefined, fn: string): number | null {
  return group?.values.value ?? (fn === "count" || fn === "countDistinct" ? 0 : null);
}

/** How far back the range to compare with lies; `undefined` when nothing is to be compared. */
function shiftOf({ comparePeriod, filters }: Args): number | undefined {
  if (comparePeriod === undefined) return undefined;
  if (!["previous_period", "previous_day", "previous_week"].includes(comparePeriod as string)) {
    throw refused("comparePeriod", "must be previous_period, previous_day or previous_week");
  }
  const { start, end } = ((filters as Args | undefined)?.timestamp ?? {}) as Record<string, unknown>;
  const from = readInstant(start)?.getTime();
  const to = readInstant(end)?.getTime();
  if (from === undefined || to === undefined) return undefined;
  return comparePeriod === "previous_day" ? day : comparePeriod === "previous_week" ? 7 * day : to - from;
}

const change = (value: number | null, previous: number | null): number | null =>
  value === null || previous === null || previous === 0 ? null : ((value - previous) / Math.abs(previous)) * 100;
