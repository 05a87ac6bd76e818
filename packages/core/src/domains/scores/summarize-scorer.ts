import { allOf, type Filter } from "../../engine/filter.ts";
import { type Aggregate, aggregate, type GroupBy } from "../../engine/operations.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { fromKeyText, toKeyText } from "../shared/key-text.ts";
import { optionalText, requireId } from "../shared/values.ts";
import { dateRangeOf } from "./date-range.ts";
import { scores } from "./tables.ts";
import type { ScoreGroup, SummarizeScorerInput, SummarizeScorerOutput } from "./types.ts";

const day = 86_400_000;
const bins = 10;

const spread = {
  count: { fn: "count" },
  average: { fn: "avg", column: "score" },
  p10: { fn: "quantile", column: "score", p: 0.1 },
  p50: { fn: "quantile", column: "score", p: 0.5 },
  p90: { fn: "quantile", column: "score", p: 0.9 },
} as const;

/** Two round trips: the bounds, and what depends on them with the rest. */
export async function summarizeScorer(
  { engine }: DomainContext,
  input: SummarizeScorerInput,
): Promise<SummarizeScorerOutput> {
  const scorerId = requireId(input.scorerId, "scorerId");
  const resourceId = optionalText(input.resourceId, "resourceId");
  const range = dateRangeOf(input.dateRange);
  const group = input.groupBy === undefined ? undefined : groupOf(input.groupBy);
  const { passFrom } = input;
  if (passFrom !== undefined && !Number.isFinite(passFrom)) {
    throw invalid("passFrom must be a number", "INVALID_ARGUMENT", { path: "passFrom" });
  }
  const owner: Filter | undefined =
    resourceId === undefined ? undefined : { op: "eq", column: "resourceId", value: resourceId };
  const ask = (how: Pick<Aggregate, "measures" | "groupBy">, ...conditions: Filter[]) => {
    const filter = allOf(owner, ...conditions);
    const eq = { scorerId: toKeyText(scorerId) };
    return aggregate(scores, { path: "byScorer", eq, ...(range && { range }), ...(filter && { filter }), ...how });
  };

  const [{ groups: all }] = await engine.read([
    ask({
      measures: {
        ...spread,
        min: { fn: "min", column: "score" },
        max: { fn: "max", column: "score" },
      },
    }),
  ]);
  const total = all[0]?.values;
  if (!total || total.count === 0) {
    const passed = passFrom === undefined ? null : 0;
    return { count: 0, average: null, min: null, max: null, passed, bins: [], days: [], groups: [] };
  }
  const [min, max] = [total.min as number, total.max as number];
  const edges = edgesOf(min, max);
  const count = { measures: { count: { fn: "count" } } } as const;
  const inBin = (from: number, to: number, isLast: boolean) =>
    ask(count, { op: "gte", column: "score", value: from }, { op: isLast ? "lte" : "lt", column: "score", value: to });
  const answers = await engine.read([
    ask({ measures: spread, groupBy: [{ column: "createdAt", bucket: day }] }),
    ...edges.slice(1).map((to, index) => inBin(edges[index] as number, to, index === bins - 1)),
    ask(count, { op: "gte", column: "score", value: passFrom ?? max }),
    ...(group ? [ask({ measures: spread, groupBy: [group] })] : []),
  ]);
  const [days, ...rest] = answers.map(({ groups }) => groups);
  const countOf = (index: number) => (rest[index]?.[0]?.values.count as number | undefined) ?? 0;
  return {
    count: total.count as number,
    average: total.average as number,
    min,
    max,
    passed: passFrom === undefined ? null : countOf(bins),
    bins: edges.slice(1).map((to, index) => ({
      from: edges[index] as number,
      to,
      count: countOf(index),
    })),
    days: (days ?? [])
      .map(({ group: [at], values }) => ({ day: new Date(at as number), ...spreadOf(values) }))
      .sort((a, b) => a.day.getTime() - b.day.getTime()),
    groups: (group ? (rest[bins + 1] ?? []) : [])
      .map(({ group: [value = null], values }) => ({ value: textOf(group, value), ...spreadOf(values) }))
      .sort((a, b) => b.count - a.count || String(a.value).localeCompare(String(b.value))),
  };
}

const spreadOf = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.keys(spread).map((name) => [name, values[name]])) as unknown as Omit<ScoreGroup, "value">;

/** Bounds of the bins: from 0 to 1 where all scores are, else from the least to the greatest. */
function edgesOf(min: number, max: number): number[] {
  const [from, to] = min >= 0 && max <= 1 ? [0, 1] : min === max ? [min - 0.5, max + 0.5] : [min, max];
  // The outer bounds are exact, so that no score falls out of them.
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? to : from + ((to - from) * index) / bins));
}

const columns: ReadonlySet<string> = new Set(["entityId", "entityType", "source", "resourceId", "threadId"]);
const members: Readonly<Record<string, GroupBy>> = {
  scorerVersion: { column: "scorer", member: "version" },
  entityVersion: { column: "entity", member: "version" },
  model: { column: "entity", member: "model" },
};

function groupOf(given: unknown): GroupBy {
  const name = typeof given === "string" ? given : "";
  if (columns.has(name)) return { column: name };
  if (Object.hasOwn(members, name)) return members[name] as GroupBy;
  const [, member] = /^metadata\.([^.]+)$/.exec(name) ?? [];
  if (member !== undefined) return { column: "metadata", member };
  const known = [...columns, ...Object.keys(members), "metadata.<key>"].join(", ");
  throw invalid(`groupBy must be one of ${known}`, "INVALID_ARGUMENT", { path: "groupBy" });
}

/** Ids stand in the row as key text. */
const textOf = (group: GroupBy | undefined, value: unknown): string | null =>
  typeof value !== "string"
    ? null
    : group?.column === "entityId" || group?.column === "entityType"
      ? fromKeyText(value)
      : value;
