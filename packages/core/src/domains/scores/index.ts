import { schemaOf } from "../shared/schema.ts";
import { evals, scores } from "./tables.ts";

export { evalToScore } from "./evals.ts";
export { ScoresStorage } from "./storage.ts";
export type {
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
  ScoreDateRange,
  ScoreRow,
  ScorerSummary,
  ScoreTenancyFilters,
  ScoringSource,
  StoragePagination,
} from "./types.ts";

/** Name of the table of scores. */
export const TABLE_SCORERS = scores.name;
export const SCORERS_SCHEMA = schemaOf(scores);
/** Name of the table of evals of older releases. */
export const TABLE_EVALS = evals.name;
export const EVALS_SCHEMA = schemaOf(evals);
