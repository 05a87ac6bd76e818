import { StorageDomain } from "../shared/domain.ts";
import type {
  EvalInput,
  EvalRow,
  EvalType,
  GetEvalsInput,
  GetEvalsOutput,
  ListAllScoresInput,
  ListScorersInput,
  ListScoresByEntityIdInput,
  ListScoresByRunIdInput,
  ListScoresByScorerIdInput,
  ListScoresBySpanInput,
  ListScoresOutput,
  SaveScorePayload,
  ScoreRow,
  ScorerSummary,
  SummarizeScorerInput,
  SummarizeScorerOutput,
} from "./types.ts";

/**
 * The contract of the `scores` domain: what scorers said about runs, and the evals of older releases.
 *
 * All lists match by exact, case-sensitive equality, and return the newest first (`createdAt`, then insertion). A list of
 * scores never returns a row of another tenant than the one it was asked for.
 */
export abstract class ScoresStorage extends StorageDomain {
  /** One score, or `null`. */
  abstract getScoreById(input: { id: string }): Promise<ScoreRow | null>;

  /**
   * Saves a score and returns it as it is stored. Without `id` each call makes a row; with one the content of that row is
   * replaced as a whole, its `createdAt` and its place in the lists kept, so that a repeated evaluation converges on one row.
   *
   * @throws StorageError `VALIDATION_FAILED` for a missing or mistyped property; nothing was written.
   */
  abstract saveScore(score: SaveScorePayload): Promise<{ score: ScoreRow }>;

  /** Scores of all scorers, newest first (`createdAt`, then `id`). The first call on a large table prepares the way, and may take long. */
  abstract listScores(input?: ListAllScoresInput): Promise<ListScoresOutput>;

  /** Every scorer that left a score, by id. Reads the scores of the time, in the database where it can. */
  abstract listScorers(input?: ListScorersInput): Promise<{ scorers: ScorerSummary[] }>;

  /**
   * How the scores of a scorer are spread: over their range, by day, and by a group. Exact, percentiles included; reads the scores
   * of the time, in the database where it can.
   */
  abstract summarizeScorer(input: SummarizeScorerInput): Promise<SummarizeScorerOutput>;

  abstract listScoresByScorerId(input: ListScoresByScorerIdInput): Promise<ListScoresOutput>;
  abstract listScoresByRunId(input: ListScoresByRunIdInput): Promise<ListScoresOutput>;
  abstract listScoresByEntityId(input: ListScoresByEntityIdInput): Promise<ListScoresOutput>;
  abstract listScoresBySpan(input: ListScoresBySpanInput): Promise<ListScoresOutput>;

  /** Saves one eval of the older kind. With an `id` it may be repeated. */
  abstract saveEval(input: EvalInput): Promise<{ eval: EvalRow }>;

  /** Saves evals in batches, each atomic; repeating the call after a failure is safe when the evals have ids. */
  abstract batchSaveEvals(input: { evals: readonly EvalInput[] }): Promise<{ evals: EvalRow[] }>;

  /** Evals that meet all conditions, newest first (`createdAt`, then `id`). */
  abstract getEvals(input?: GetEvalsInput): Promise<GetEvalsOutput>;

  /** All evals of an agent, newest first. */
  abstract getEvalsByAgentName(agentName: string, type?: EvalType): Promise<EvalRow[]>;
}
