import { request } from "./client.ts";

type Aggregation = "avg" | "count";
interface Point {
  timestamp: string;
  value: number;
}

const ask = <T>(question: string, body: object, signal: AbortSignal) =>
  request<T>(`/observability/scores/${question}`, { method: "POST", body, signal });

/** One number over the scores beside traces that a scorer gave. */
export const aggregateScores = async (
  scorerId: string,
  aggregation: Aggregation,
  filters: object,
  signal: AbortSignal,
) => (await ask<{ value: number | null }>("aggregate", { scorerId, aggregation, filters }, signal)).value;

/** A number for each value of a column. */
export async function breakDownScores(scorerId: string, aggregation: Aggregation, by: string, signal: AbortSignal) {
  const body = { scorerId, aggregation, groupBy: [by], limit: 100 };
  const { groups } = await ask<{ groups: { dimensions: Record<string, string | null>; value: number }[] }>(
    "breakdown",
    body,
    signal,
  );
  return new Map(groups.map(({ dimensions, value }) => [dimensions[by] ?? null, value]));
}

/** Percentiles by day of UTC, a series for each. */
export const percentilesOfScores = async (scorerId: string, percentiles: number[], signal: AbortSignal) =>
  (
    await ask<{ series: { percentile: number; points: Point[] }[] }>(
      "percentiles",
      { scorerId, percentiles, interval: "1d" },
      signal,
    )
  ).series;

/** Tags that signals have. */
export const getTags = async (signal: AbortSignal) =>
  (await request<{ tags: string[] }>("/observability/discovery/tags", { signal })).tags;
