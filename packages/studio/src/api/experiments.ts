import type { ExperimentResult, Experiment as Run } from "@stowage/core";
import { request, segment } from "./client.ts";
import type { Wire } from "./memory.ts";

export type Experiment = Wire<Run>;
export interface ResultScore {
  scorerId: string;
  scorerName: string;
  score: number | null;
  reason: string | null;
}
export type Result = Wire<ExperimentResult> & { scores?: ResultScore[] };

export const experimentsPath = "/experiments";
export const experimentPath = (id: string) => `${experimentsPath}/${segment(id)}`;
export const resultsPath = (id: string) => `${experimentPath(id)}/results`;

export const experimentsOf = (answer: { experiments: Experiment[] }) => answer.experiments;
export const resultsOf = (answer: { results: Result[] }) => answer.results;

const given = (signal: AbortSignal | undefined) => ({ ...(signal && { signal }) });

export const getExperiment = (id: string, signal?: AbortSignal) =>
  request<Experiment>(experimentPath(id), given(signal));

/** Every result of a run, with its scores. */
export async function allResults(id: string, signal?: AbortSignal): Promise<Result[]> {
  const results: Result[] = [];
  for (let page = 0; ; page++) {
    const query = { page, perPage: 1000, orderBy: { field: "createdAt", direction: "ASC" } };
    const answer = await request<{ results: Result[]; pagination: { hasMore: boolean } }>(resultsPath(id), {
      query,
      ...given(signal),
    });
    results.push(...answer.results);
    if (!answer.pagination.hasMore) return results;
  }
}

export interface Verdict {
  status?: "needs-review" | "reviewed" | "complete" | null;
  tags?: string[] | null;
  comment?: string | null;
}

export const review = (id: string, resultId: string, verdict: Verdict) =>
  request<Result>(`${resultsPath(id)}/${segment(resultId)}`, { method: "PATCH", body: verdict });
