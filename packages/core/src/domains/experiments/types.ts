import type { ListOrderBy } from "../shared/ordering.ts";
import type { PageRequest, PaginationInfo } from "../shared/pagination.ts";
import type { TenancyFilters } from "../shared/tenancy.ts";

/**
 * Restricts an operation to records of one tenant. Each given member must equal the record's; a record without one does not
 * match. An absent member is not tested.
 */
export interface ExperimentTenancyFilters extends TenancyFilters {}

/** A value of a later release is kept and returned as it is. */
export type ExperimentStatus = "pending" | "running" | "completed" | "failed" | (string & {});
export type ExperimentTargetType = "agent" | "workflow" | "scorer" | "processor" | (string & {});
export type ExperimentResultStatus = "needs-review" | "reviewed" | "complete" | (string & {});

/** Where a run comes from, by its caller's word. */
export interface ExperimentProvenance {
  source?: string;
  sourceId?: string;
  sourceVersion?: string;
  metadata?: Record<string, unknown>;
}

/** Who ran a run whose results are ingested. */
export interface ExperimentRunnerAttestation {
  runnerId: string;
  invocationId: string;
  runnerVersion?: string;
}

/** One run over a dataset or over inline data. */
export interface Experiment {
  id: string;
  name?: string;
  description?: string;
  metadata?: Record<string, unknown>;
  provenance: ExperimentProvenance | null;
  runnerAttestation: ExperimentRunnerAttestation | null;
  experimentSetId: string | null;
  comparisonId: string | null;
  variantId: string | null;
  trialIndex: number | null;
  /** Null for inline data, and after the dataset was deleted. */
  datasetId: string | null;
  datasetVersion: number | null;
  /** Null for runs whose results are ingested. */
  targetType: ExperimentTargetType | null;
  targetId: string | null;
  scorerIds: string[] | null;
  status: ExperimentStatus;
  totalItems: number;
  succeededCount: number;
  failedCount: number;
  skippedCount: number;
  agentVersion: string | null;
  organizationId: string | null;
  projectId: string | null;
  startedAt: Date | null;
  completedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface CreateExperimentInput {
  /** Given or generated. A taken one is an error. */
  id?: string | null;
  name?: string | null;
  description?: string | null;
  metadata?: Record<string, unknown> | null;
  provenance?: ExperimentProvenance | null;
  runnerAttestation?: ExperimentRunnerAttestation | null;
  experimentSetId?: string | null;
  comparisonId?: string | null;
  variantId?: string | null;
  trialIndex?: number | null;
  datasetId?: string | null;
  datasetVersion?: number | null;
  agentVersion?: string | null;
  targetType?: ExperimentTargetType | null;
  targetId?: string | null;
  scorerIds?: string[] | null;
  totalItems: number;
  /** Without one it is copied from the dataset, where that is kept in the same storage object. */
  organizationId?: string | null;
  projectId?: string | null;
}

/** `undefined` and `null` leave a property. Counts are absolute values. */
export interface UpdateExperimentInput {
  id: string;
  name?: string | null;
  description?: string | null;
  /** Replaces the stored object. */
  metadata?: Record<string, unknown> | null;
  status?: ExperimentStatus | null;
  totalItems?: number | null;
  succeededCount?: number | null;
  failedCount?: number | null;
  skippedCount?: number | null;
  startedAt?: Date | string | number | null;
  completedAt?: Date | string | number | null;
}

export interface ListExperimentsInput {
  pagination?: PageRequest;
  /** These five are exact; `''` filters nothing. */
  datasetId?: string;
  targetType?: ExperimentTargetType;
  targetId?: string;
  agentVersion?: string;
  status?: ExperimentStatus;
  /** These four are exact whenever they are given. */
  experimentSetId?: string;
  comparisonId?: string;
  variantId?: string;
  trialIndex?: number;
  filters?: ExperimentTenancyFilters;
  orderBy?: ListOrderBy<"createdAt" | "status">;
  /** Goes on after the page that gave this cursor; `page` is then only echoed. */
  after?: string;
}

export interface ListExperimentsOutput {
  experiments: Experiment[];
  pagination: PaginationInfo;
  /** For `after`; absent at the end. */
  nextCursor?: string;
}

export interface ExperimentResultError {
  message: string;
  stack?: string;
  code?: string;
}

/** What the tool mocks of an item were used for. */
export interface ToolMockReport {
  served: unknown;
  unconsumed: unknown;
  liveCalls: unknown;
  failure?: unknown;
}

/** What came of one attempt at one item. The result of a purged item has nulls and a mark in `metadata`. */
export interface ExperimentResult {
  id: string;
  experimentId: string;
  itemId: string;
  itemDatasetVersion: number | null;
  input: unknown;
  output: unknown;
  groundTruth: unknown;
  metadata: Record<string, unknown> | null;
  error: ExperimentResultError | null;
  startedAt: Date;
  completedAt: Date;
  retryCount: number;
  /** Zero-based. */
  attempt: number;
  traceId: string | null;
  status: ExperimentResultStatus | null;
  tags: string[] | null;
  comment?: string | null;
  toolMockReport?: ToolMockReport | null;
  organizationId: string | null;
  projectId: string | null;
  createdAt: Date;
}

export interface AddExperimentResultInput {
  /** Given or generated. */
  id?: string | null;
  experimentId: string;
  itemId: string;
  itemDatasetVersion?: number | null;
  input: unknown;
  output?: unknown;
  groundTruth?: unknown;
  metadata?: Record<string, unknown> | null;
  error?: ExperimentResultError | null;
  startedAt: Date | string | number;
  completedAt: Date | string | number;
  retryCount?: number;
  attempt?: number | null;
  traceId?: string | null;
  status?: ExperimentResultStatus | null;
  tags?: string[] | null;
  toolMockReport?: ToolMockReport | null;
  /** Without one it is copied from the run. */
  organizationId?: string | null;
  projectId?: string | null;
}

/** `undefined` leaves, `null` clears. */
export interface UpdateExperimentResultInput {
  id: string;
  /** When given, the result must belong to it. */
  experimentId?: string;
  status?: ExperimentResultStatus | null;
  tags?: string[] | null;
  comment?: string | null;
}

export interface ListExperimentResultsInput {
  experimentId: string;
  /** Exact; `''` filters nothing. */
  traceId?: string;
  status?: ExperimentResultStatus;
  /** Results that have all of these; an empty list filters nothing. */
  tags?: string[];
  filters?: ExperimentTenancyFilters;
  orderBy?: ListOrderBy<"startedAt" | "createdAt">;
  pagination?: PageRequest;
  /** Goes on after the page that gave this cursor; `page` is then only echoed. */
  after?: string;
}

export interface ListExperimentResultsOutput {
  results: ExperimentResult[];
  pagination: PaginationInfo;
  /** For `after`; absent at the end. */
  nextCursor?: string;
}

/** How far the review of a run's results has come. */
export interface ExperimentReviewSummary {
  experimentId: string;
  total: number;
  needsReview: number;
  reviewed: number;
  complete: number;
}
