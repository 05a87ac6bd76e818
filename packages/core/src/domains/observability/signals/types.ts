import type { InstantInput } from "../instant-input.ts";
import type { ContextFields, InstantRange, ListArgs, ListInfo, TraceSpan } from "../types.ts";

/** What every signal has beside its own fields. Every nullable property is present on output. */
export interface SignalRecord extends ContextFields {
  traceId: string | null;
  spanId: string | null;
  timestamp: Date;
  executionSource: string | null;
  tags: string[] | null;
  metadata: Record<string, unknown> | null;
}

export const logLevels = ["debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogRecord extends SignalRecord {
  logId: string;
  level: LogLevel;
  message: string;
  data: Record<string, unknown> | null;
  /** Old name of `executionSource`. */
  source: string | null;
}

export interface MetricRecord extends SignalRecord {
  metricId: string;
  name: string;
  value: number;
  labels: Record<string, string>;
  provider: string | null;
  model: string | null;
  estimatedCost: number | null;
  costUnit: string | null;
  costMetadata: Record<string, unknown> | null;
  /** Old name of `executionSource`. */
  source: string | null;
}

/** A score as an event; not the score row of the `scores` domain. */
export interface ScoreRecord extends SignalRecord {
  scoreId: string;
  scorerId: string;
  scorerName: string | null;
  scorerVersion: string | null;
  scoreSource: string | null;
  /** Old name of `scoreSource`. */
  source: string | null;
  score: number;
  reason: string | null;
  scoreTraceId: string | null;
}

export const reviewStatuses = ["needs-review", "reviewed"] as const;
export type ReviewStatus = (typeof reviewStatuses)[number];

export interface FeedbackRecord extends SignalRecord {
  feedbackId: string;
  feedbackSource: string | null;
  /** Old name of `feedbackSource`. */
  source: string | null;
  feedbackType: string;
  value: number | string;
  comment: string | null;
  feedbackUserId: string | null;
  sourceId: string | null;
  reviewStatus: ReviewStatus;
}

/** A signal to write: own required fields, everything else may be left out. Without an id the store makes one. */
type SignalInput<Record extends SignalRecord, Required extends keyof Record> = Pick<Record, Required> &
  Partial<Omit<Record, Required | "timestamp">> & { timestamp?: InstantInput };

export type CreateLogRecord = SignalInput<LogRecord, "level" | "message">;
export type CreateMetricRecord = SignalInput<MetricRecord, "name" | "value">;
export type CreateScoreRecord = SignalInput<ScoreRecord, "scorerId" | "score">;
export type CreateFeedbackRecord = SignalInput<FeedbackRecord, "feedbackType" | "value">;

/** Conditions every list of signals takes, joined by AND. Unknown members are refused; `null` asks for records without a value. */
export type SignalFilters = {
  [Name in Exclude<keyof ContextFields, "scope"> | "traceId" | "spanId" | "executionSource" | "source"]?:
    | string
    | null
    | undefined;
} & { timestamp?: InstantRange | null | undefined; tags?: readonly string[] | null | undefined };

export type LogFilters = SignalFilters & {
  level?: LogLevel | readonly LogLevel[] | undefined;
  /** Case-insensitive substring of the message. */
  search?: string | undefined;
};
export type MetricFilters = SignalFilters & {
  name?: string | readonly string[] | undefined;
  traceIds?: readonly string[] | undefined;
  provider?: string | null | undefined;
  model?: string | null | undefined;
  costUnit?: string | null | undefined;
  labels?: Readonly<Record<string, string>> | null | undefined;
};
export type ScoreFilters = SignalFilters & {
  scorerId?: string | readonly string[] | undefined;
  scoreSource?: string | null | undefined;
  metadata?: Readonly<Record<string, unknown>> | null | undefined;
};
export type FeedbackFilters = SignalFilters & {
  feedbackType?: string | readonly string[] | undefined;
  feedbackSource?: string | null | undefined;
  feedbackUserId?: string | null | undefined;
  reviewStatus?: ReviewStatus | undefined;
};

export type ListLogsArgs = ListArgs<LogFilters, "timestamp">;
export type ListMetricsArgs = ListArgs<MetricFilters, "timestamp">;
export type ListScoresArgs = ListArgs<ScoreFilters, "timestamp" | "score">;
export type ListFeedbackArgs = ListArgs<FeedbackFilters, "timestamp">;

export type ListLogsResult = ListInfo & { logs: LogRecord[] };
export type ListMetricsResult = ListInfo & { metrics: MetricRecord[] };
export type ListScoresResult = ListInfo & { scores: ScoreRecord[] };
export type ListFeedbackResult = ListInfo & { feedback: FeedbackRecord[] };
export type ListBranchesResult = ListInfo & { branches: TraceSpan[] };

/** Which rows of a deletion by id are meant. */
export interface SignalScope {
  organizationId?: string;
  resourceId?: string;
}

export type Aggregation = "sum" | "avg" | "min" | "max" | "count" | "last" | "count_distinct";
export type AggregateInterval = "1m" | "5m" | "15m" | "1h" | "1d";
export type ComparePeriod = "previous_period" | "previous_day" | "previous_week";

interface Measured<Filters> {
  aggregation: Aggregation;
  distinctColumn?: string;
  filters?: Filters;
}

export type AggregateArgs<Subject, Filters> = Subject & Measured<Filters> & { comparePeriod?: ComparePeriod };
export type BreakdownArgs<Subject, Filters> = Subject &
  Measured<Filters> & { groupBy: string[]; limit?: number; orderDirection?: "ASC" | "DESC" };
export type TimeSeriesArgs<Subject, Filters> = Subject &
  Measured<Filters> & { interval: AggregateInterval; groupBy?: string[] };
export type PercentilesArgs<Subject, Filters> = Subject & {
  percentiles: number[];
  interval: AggregateInterval;
  filters?: Filters;
};

export interface AggregateAnswer {
  value: number | null;
  previousValue?: number | null;
  changePercent?: number | null;
  estimatedCost?: number | null;
  costUnit?: string | null;
  previousEstimatedCost?: number | null;
  costChangePercent?: number | null;
}
export interface BreakdownAnswer {
  groups: {
    dimensions: Record<string, string | null>;
    value: number;
    estimatedCost?: number | null;
    costUnit?: string | null;
  }[];
}
export interface TimeSeriesAnswer {
  series: {
    name: string;
    costUnit?: string | null;
    points: { timestamp: Date; value: number; estimatedCost?: number | null }[];
  }[];
}
export interface PercentilesAnswer {
  series: { percentile: number; points: { timestamp: Date; value: number }[] }[];
}

export interface MetricSubject {
  name: string[];
}
export interface ScoreSubject {
  scorerId: string;
  scoreSource?: string;
}
export interface FeedbackSubject {
  feedbackType: string;
  feedbackSource?: string;
}
