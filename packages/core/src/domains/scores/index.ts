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
  ScoreGroup,
  ScoreRow,
  ScorerSummary,
  ScoreSpread,
  ScoreTenancyFilters,
  ScoringSource,
  StoragePagination,
  SummarizeScorerInput,
  SummarizeScorerOutput,
} from "./types.ts";

/** Name of the table of scores. */
export const TABLE_SCORERS = scores.name;
export const SCORERS_SCHEMA = schemaOf(scores);
/** Name of the table of evals of older releases. */
export const TABLE_EVALS = evals.name;
export const EVALS_SCHEMA = schemaOf(evals);
