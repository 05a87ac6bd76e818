import type { PaginationInfo } from "../shared/pagination.ts";

export type ScoringSource = "LIVE" | "TEST";

/** What a scorer said about one run of an entity. Absent properties are not there, `output` apart. */
export interface ScoreRow {
  id: string;
  scorerId: string;
  entityId: string;
  runId: string;
  /** Any JSON value; `null` when none was given. */
  output: unknown;
  score: number;
  /** Description of the scorer. */
  scorer: Record<string, unknown>;
  source: ScoringSource;
  /** Description of what was scored. */
  entity: Record<string, unknown>;
  entityType?: string;
  input?: unknown;
  additionalContext?: Record<string, unknown>;
  requestContext?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  preprocessStepResult?: Record<string, unknown>;
  extractStepResult?: Record<string, unknown>;
  analyzeStepResult?: Record<string, unknown>;
  preprocessPrompt?: string;
  extractPrompt?: string;
  analyzePrompt?: string;
  /** @deprecated Use `generateReasonPrompt`. */
  reasonPrompt?: string;
  generateScorePrompt?: string;
  generateReasonPrompt?: string;
  reason?: string;
  structuredOutput?: boolean;
  traceId?: string;
  spanId?: string;
  resourceId?: string;
  threadId?: string;
  organizationId?: string | null;
  projectId?: string | null;
  batchId?: string | null;
  datasetId?: string | null;
  datasetItemId?: string | null;
  /** First write. */
  createdAt: Date;
  /** Last write; equals `createdAt` after the first. */
  updatedAt: Date | null;
}

/** A score to save. Without `id` a new row is made; with one the row of that id is replaced. */
export type SaveScorePayload = Omit<ScoreRow, "id" | "createdAt" | "updatedAt" | "output"> & {
  id?: string;
  output?: unknown;
  /** Honoured on the first write, so that imports keep their dates. */
  createdAt?: Date | string | number;
};

/** `null` matches rows without a value; an absent member is no condition. */
export interface ScoreTenancyFilters {
  organizationId?: string | null;
  projectId?: string | null;
}

export interface StoragePagination {
  /** Zero-based. Default 0. */
  page?: number;
  /** Default 100; `false` for everything. */
  perPage?: number | false;
}

interface ListScores {
  pagination?: StoragePagination;
  filters?: ScoreTenancyFilters;
}

/** Bounds on `createdAt`, both inclusive unless the matching flag is `true`. */
export interface ScoreDateRange {
  start?: Date;
  end?: Date;
  startExclusive?: boolean;
  endExclusive?: boolean;
}

export interface ListAllScoresInput extends ListScores {
  /** These four are no condition when absent or `''`. */
  scorerId?: string;
  entityId?: string;
  entityType?: string;
  resourceId?: string;
  dateRange?: ScoreDateRange;
}

export interface ListScorersInput {
  /** Only scores of this owner. */
  resourceId?: string;
  dateRange?: ScoreDateRange;
}

/** What is known of a scorer from the scores it left. */
export interface ScorerSummary {
  scorerId: string;
  /** Number of its scores. */
  count: number;
  average: number;
  min: number;
  max: number;
  /** When it scored last. */
  lastAt: Date;
}

export interface SummarizeScorerInput {
  scorerId: string;
  /** Only scores of this owner. */
  resourceId?: string;
  dateRange?: ScoreDateRange;
  /**
   * `entityId`, `entityType`, `source`, `resourceId`, `threadId`; `scorerVersion`, `entityVersion` and `model`, which are the
   * members `version` of the scorer, and `version` and `model` of the entity; or `metadata.<key>`.
   */
  groupBy?: string;
  /** From which score on a run passes. */
  passFrom?: number;
}

/** How a number of scores are spread. */
export interface ScoreSpread {
  count: number;
  average: number;
  p10: number;
  p50: number;
  p90: number;
}

/** Scores with one value of what was grouped by; `null` for those that have none. */
export interface ScoreGroup extends ScoreSpread {
  value: string | null;
}

export interface SummarizeScorerOutput {
  count: number;
  /** These three are `null` when there is no score. */
  average: number | null;
  min: number | null;
  max: number | null;
  /** Scores from `passFrom` on; `null` unless that is given. */
  passed: number | null;
  /** Ten parts of one width, the last closed at its upper end: from 0 to 1 where all scores are, else from `min` to `max`. */
  bins: { from: number; to: number; count: number }[];
  /** Days of UTC that have scores, in order. */
  days: (ScoreSpread & { day: Date })[];
  /** The largest first; empty unless asked for. */
  groups: ScoreGroup[];
}

export interface ListScoresByScorerIdInput extends ListScores {
  scorerId: string;
  /** This and the two that follow are no condition when absent or `''`. */
  entityId?: string;
  entityType?: string;
  source?: ScoringSource | (string & {});
}

export interface ListScoresByRunIdInput extends ListScores {
  runId: string;
}

export interface ListScoresByEntityIdInput extends ListScores {
  entityId: string;
  entityType: string;
}

export interface ListScoresBySpanInput extends ListScores {
  traceId: string;
  spanId: string;
}

export interface ListScoresOutput {
  scores: ScoreRow[];
  pagination: PaginationInfo;
}

/** One metric of one run, as the evals of older releases kept it. */
export interface EvalRow {
  id: string;
  input: string;
  output: string;
  /** Any object, kept as it is. */
  result: Record<string, unknown> & { score?: number };
  agentName: string;
  metricName: string;
  instructions: string;
  testInfo: Record<string, unknown> & { testName?: string; testPath?: string };
  /** One CI run or suite. */
  globalRunId: string;
  /** The run that was judged. */
  runId: string;
  createdAt: Date;
}

/** An eval to save. `id` and `createdAt` are made when absent; `testInfo` becomes `{}`. */
export type EvalInput = Omit<EvalRow, "id" | "createdAt" | "testInfo"> & {
  id?: string;
  testInfo?: EvalRow["testInfo"] | null;
  createdAt?: Date | string | number;
};

/** `test`: the eval names a test file; `live`: it does not. */
export type EvalType = "test" | "live";

export interface GetEvalsInput {
  agentName?: string;
  metricName?: string;
  runId?: string;
  globalRunId?: string;
  type?: EvalType;
  dateRange?: ScoreDateRange;
  /** Zero-based. Default 0. */
  page?: number;
  /** Default 100; `false` for everything. */
  perPage?: number | false;
}

export type GetEvalsOutput = PaginationInfo & { evals: EvalRow[] };
