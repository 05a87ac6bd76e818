import { getSummary, type ScoreKind } from "../../api/scores.ts";
import { aggregateScores, breakDownScores, getTags, percentilesOfScores } from "../../api/trace-score-figures.ts";
import type { Bin, Day } from "./statistics.ts";

/** What the scores of a scorer come to, as the database adds them up. */
export interface ScorerReport {
  count: number;
  mean: number | undefined;
  /** Share of the scores that pass; `undefined` where the database was not asked. */
  passRate: number | undefined;
  /** `undefined` where the database does not tell. */
  distribution: Bin[] | undefined;
  days: Day[];
  groups: ScoreGroup[];
}

export interface ScoreGroup {
  value: string;
  count: number;
  mean: number;
}

/** What scores of each kind can be split by, under the name that the server has for it. */
export const splits: Readonly<Record<ScoreKind, readonly { value: string; label: string }[]>> = {
  evaluation: [
    { value: "entityId", label: "Entity" },
    { value: "scorerVersion", label: "Version of the scorer" },
    { value: "entityVersion", label: "Version of the entity" },
    { value: "model", label: "Model" },
    { value: "metadata.tag", label: "Tag" },
    { value: "source", label: "Source" },
  ],
  trace: [
    { value: "entityName", label: "Entity" },
    { value: "scorerVersion", label: "Version of the scorer" },
    { value: "entityVersionId", label: "Version of the entity" },
    { value: "tags", label: "Tag" },
    { value: "environment", label: "Environment" },
  ],
};

/** Tags that are asked about: each is a question of its own. */
const mostTags = 12;
const noValue = "none";

interface Question {
  kind: ScoreKind;
  scorerId: string;
  pass: number;
  by: string | undefined;
}

export const reportOf = (question: Question, signal: AbortSignal): Promise<ScorerReport> =>
  question.kind === "evaluation" ? ofEvaluations(question, signal) : ofTraceScores(question, signal);

async function ofEvaluations({ scorerId, pass, by }: Question, signal: AbortSignal): Promise<ScorerReport> {
  const { count, average, passed, bins, days, groups } = await getSummary(
    scorerId,
    { groupBy: by, passFrom: pass },
    signal,
  );
  return {
    count,
    mean: average ?? undefined,
    passRate: count > 0 && passed !== null ? passed / count : undefined,
    distribution: bins.map(({ from, to, count }) => ({ label: `${short(from)} – ${short(to)}`, count })),
    days: days.map(({ day, p10, p50, p90 }) => ({
      day: day.slice(0, 10),
      p10: short(p10),
      p50: short(p50),
      p90: short(p90),
    })),
    groups: groups.map(({ value, count, average }) => ({ value: value ?? noValue, count, mean: average })),
  };
}

async function ofTraceScores({ scorerId, by }: Question, signal: AbortSignal): Promise<ScorerReport> {
  const [count, mean, series, groups] = await Promise.all([
    aggregateScores(scorerId, "count", {}, signal),
    aggregateScores(scorerId, "avg", {}, signal),
    percentilesOfScores(scorerId, [0.1, 0.5, 0.9], signal),
    by === undefined ? [] : by === "tags" ? byTag(scorerId, signal) : byColumn(scorerId, by, signal),
  ]);
  const [p10, p50, p90] = series.map(({ points }) => points);
  return {
    count: count ?? 0,
    mean: mean ?? undefined,
    passRate: undefined,
    distribution: undefined,
    days: (p50 ?? []).map(({ timestamp, value }, index) => ({
      day: timestamp.slice(0, 10),
      p10: short(p10?.[index]?.value ?? value),
      p50: short(value),
      p90: short(p90?.[index]?.value ?? value),
    })),
    groups,
  };
}

async function byColumn(scorerId: string, by: string, signal: AbortSignal): Promise<ScoreGroup[]> {
  const [counts, means] = await Promise.all([
    breakDownScores(scorerId, "count", by, signal),
    breakDownScores(scorerId, "avg", by, signal),
  ]);
  return [...counts].map(([value, count]) => ({ value: value ?? noValue, count, mean: means.get(value) ?? 0 }));
}

/** A score may have several tags, so each tag is counted by itself. */
async function byTag(scorerId: string, signal: AbortSignal): Promise<ScoreGroup[]> {
  const tags = (await getTags(signal)).slice(0, mostTags);
  const groups = await Promise.all(
    tags.map(async (tag) => {
      const filters = { tags: [tag] };
      const [count, mean] = await Promise.all([
        aggregateScores(scorerId, "count", filters, signal),
        aggregateScores(scorerId, "avg", filters, signal),
      ]);
      return { value: tag, count: count ?? 0, mean: mean ?? 0 };
    }),
  );
  return groups.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
}

const short = (value: number) => Number(value.toPrecision(3));
