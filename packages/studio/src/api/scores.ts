import type { ScoreRecord, ScoreRow, SummarizeScorerOutput } from "@stowage/core";
import { ApiError, request, segment } from "./client.ts";
import type { Wire } from "./memory.ts";

/** Where a score comes from: an evaluation of a run, or a signal beside a trace. */
export type ScoreKind = "evaluation" | "trace";

/** Either kind of score, as the screens show it. */
export interface Score {
  kind: ScoreKind;
  id: string;
  scorerId: string;
  score: number;
  at: string;
  reason: string | undefined;
  entity: string | undefined;
  traceId: string | undefined;
  spanId: string | undefined;
  runId: string | undefined;
  threadId: string | undefined;
  /** The record as it is stored. */
  record: object;
}

export interface Scorer {
  scorerId: string;
  count: number;
  average: number;
  min: number;
  max: number;
  lastAt: string;
}

type Evaluation = Wire<ScoreRow>;
type Signal = Wire<ScoreRecord>;

export const evaluationsPath = "/stowage/scores";
export const signalsPath = "/observability/scores";

const ofEvaluation = (record: Evaluation): Score => ({
  kind: "evaluation",
  id: record.id,
  scorerId: record.scorerId,
  score: record.score,
  at: record.createdAt,
  reason: record.reason,
  entity: record.entityId,
  traceId: record.traceId,
  spanId: record.spanId,
  runId: record.runId,
  threadId: record.threadId,
  record,
});

const ofSignal = (record: Signal): Score => ({
  kind: "trace",
  id: record.scoreId,
  scorerId: record.scorerId,
  score: record.score,
  at: record.timestamp,
  reason: record.reason ?? undefined,
  entity: record.entityName ?? record.entityId ?? undefined,
  traceId: record.traceId ?? undefined,
  spanId: record.spanId ?? undefined,
  runId: record.runId ?? undefined,
  threadId: record.threadId ?? undefined,
  record,
});

export const evaluationsOf = ({ scores }: { scores: Evaluation[] }) => scores.map(ofEvaluation);
export const signalsOf = ({ scores }: { scores: Signal[] }) => scores.map(ofSignal);

export const getScorers = (signal?: AbortSignal) =>
  request<{ scorers: Scorer[] }>("/stowage/scorers", { ...(signal && { signal }) });

export type ScorerSummary = Wire<SummarizeScorerOutput>;

/** Evaluations of a scorer, summed up by the database. */
export const getSummary = (
  scorerId: string,
  query: { groupBy: string | undefined; passFrom: number },
  signal?: AbortSignal,
) => request<ScorerSummary>(`/stowage/scorers/${segment(scorerId)}/summary`, { query, ...(signal && { signal }) });

/** A score of either kind. @throws ApiError 404 when neither has the id. */
export async function getScore(id: string, signal?: AbortSignal): Promise<Score> {
  const given = { ...(signal && { signal }) };
  try {
    return ofEvaluation((await request<{ score: Evaluation }>(`${evaluationsPath}/${segment(id)}`, given)).score);
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 501)) throw error;
    const { score } = await request<{ score: Signal | null }>(`${signalsPath}/${segment(id)}`, given);
    if (!score) throw error;
    return ofSignal(score);
  }
}
