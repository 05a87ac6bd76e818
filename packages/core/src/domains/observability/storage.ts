import { StorageDomain } from "../shared/domain.ts";
import type { PaginationInfo } from "../shared/pagination.ts";
import type { LegacyTrace, LegacyTraceInput, LegacyTraceQuery } from "./legacy/types.ts";
import { notImplemented } from "./not-implemented.ts";
import type { ExportArgs, IngestResult } from "./otlp/transfer.ts";
import type { QueryOptions } from "./query/plan.ts";
import type { RebuildArgs, RebuildResult, RollupArgs, RollupRow, TraceRollup } from "./rollups/types.ts";
import type {
  AggregateAnswer,
  AggregateArgs,
  BreakdownAnswer,
  BreakdownArgs,
  CreateFeedbackRecord,
  CreateLogRecord,
  CreateMetricRecord,
  CreateScoreRecord,
  FeedbackFilters,
  FeedbackRecord,
  FeedbackSubject,
  ListBranchesResult,
  ListFeedbackArgs,
  ListFeedbackResult,
  ListLogsArgs,
  ListLogsResult,
  ListMetricsArgs,
  ListMetricsResult,
  ListScoresArgs,
  ListScoresResult,
  MetricFilters,
  MetricSubject,
  PercentilesAnswer,
  PercentilesArgs,
  ReviewStatus,
  ScoreFilters,
  ScoreRecord,
  ScoreSubject,
  SignalScope,
  TimeSeriesAnswer,
  TimeSeriesArgs,
} from "./signals/types.ts";
import type {
  BatchDeleteTracesArgs,
  CreateSpanRecord,
  LightSpanRecord,
  ListArgs,
  ListTracesArgs,
  ListTracesLightResult,
  ListTracesResult,
  ObservabilityFeature,
  ObservabilityStrategy,
  SpanRecord,
  TraceFilters,
  TraceModelCalls,
  TracingStrategy,
  UpdateSpanArgs,
} from "./types.ts";
import type { CloseAbandonedArgs, CloseAbandonedResult } from "./writing/close-abandoned.ts";

const anyStrategy: ObservabilityStrategy = Object.freeze({
  preferred: "batch-with-updates",
  supported: Object.freeze(["realtime", "batch-with-updates", "insert-only", "event-sourced"] as const),
});

/**
 * The contract of the `observability` domain: spans and traces, and the signals around them.
 *
 * A method that a store lacks rejects with domain `MASTRA_OBSERVABILITY` and an id that ends in `_NOT_IMPLEMENTED`; that is
 * what every method here does until a subclass defines it. {@link ObservabilityStorage.getFeatures} tells which optional parts
 * there are.
 *
 * Writing: spans may be created and updated in any order, repeatedly and by several processes. A started and an ended record
 * of one span, in either order, give the same row; a late or replayed start fills gaps and reopens nothing; an update that
 * comes before its span waits for it, invisible, up to 24 hours. Only a missing identity or start is refused; every other
 * unusable value is repaired, so that one bad field never costs a batch. A batch is atomic up to the engine's limit, and
 * repeating it is harmless. When a promise resolves, the write is durable and every later read of this store shows it.
 */
export abstract class ObservabilityStorage extends StorageDomain {
  // Strategy and features

  /** How a writer may work with this store, and how it works best. */
  get observabilityStrategy(): ObservabilityStrategy {
    return anyStrategy;
  }

  /** @deprecated The same object as {@link ObservabilityStorage.observabilityStrategy}. */
  get tracingStrategy(): ObservabilityStrategy {
    return this.observabilityStrategy;
  }

  /** The only supported strategy; `undefined` when there are several. */
  get runtimeTracingStrategy(): TracingStrategy | undefined {
    const { supported } = this.observabilityStrategy;
    return supported.length === 1 ? supported[0] : undefined;
  }

  /** The optional parts that this store has. Synchronous. */
  getFeatures(): readonly ObservabilityFeature[] | undefined {
    return undefined;
  }

  // Spans

  /**
   * Writes one span: creates it, or merges it with what is stored.
   *
   * @throws StorageError `OBSERVABILITY_TRACE_ID_REQUIRED`, `OBSERVABILITY_SPAN_ID_REQUIRED`, `…_CREATE_SPAN_VALIDATION_FAILED`
   * (no usable `startedAt`).
   */
  createSpan(_args: { span: CreateSpanRecord }): Promise<void> {
    return notImplemented("CREATE_SPAN", "OBSERVABILITY_CREATE_SPAN_NOT_IMPLEMENTED");
  }

  /** Writes spans, in the order of the list. All are checked before anything is written; the error names the index. */
  batchCreateSpans(_args: { records: CreateSpanRecord[] }): Promise<void> {
    return notImplemented("BATCH_CREATE_SPAN");
  }

  /**
   * Changes properties of a span. What is `undefined` stays, `null` clears (never `endedAt`, `scope` and `links`), anything else
   * replaces the property as a whole. `endedAt: null` marks a snapshot from before the end: on an ended span it only fills gaps.
   */
  updateSpan(_args: UpdateSpanArgs): Promise<void> {
    return notImplemented("UPDATE_SPAN");
  }

  /** Changes spans, in the order of the list. */
  batchUpdateSpans(_args: { records: UpdateSpanArgs[] }): Promise<void> {
    return notImplemented("BATCH_UPDATE_SPANS");
  }

  /**
   * Ends spans that have not changed for so long: with the time of their last change and the error `SPAN_ABANDONED`. Nothing
   * does so by itself. A real end that comes later wins.
   */
  closeAbandonedSpans(_args: CloseAbandonedArgs): Promise<CloseAbandonedResult> {
    return notImplemented("CLOSE_ABANDONED_SPANS");
  }

  /** One span, or `null`. @throws StorageError `INVALID_ARGUMENT` for an empty id. */
  getSpan(_args: { traceId: string; spanId: string }): Promise<{ span: SpanRecord } | null> {
    return notImplemented("GET_SPAN");
  }

  /**
   * A span of which only its own id is known, or `null`. Walks the spans, two seconds at most: for people who look something up.
   *
   * @throws StorageError `INVALID_ARGUMENT` for an empty id.
   */
  findSpan(_args: { spanId: string }): Promise<{ span: SpanRecord } | null> {
    return notImplemented("FIND_SPAN");
  }

  /** The named spans that exist, each once, in the order of {@link ObservabilityStorage.getTrace}. */
  getSpans(_args: { traceId: string; spanIds: string[] }): Promise<{ traceId: string; spans: SpanRecord[] }> {
    return notImplemented("GET_SPANS");
  }

  /**
   * The current root: of the spans without parent the one that started last (ties: greatest id). Without one, of the spans whose
   * parent is known to be in another service the one that started first. Otherwise `null`.
   */
  getRootSpan(_args: { traceId: string }): Promise<{ span: SpanRecord } | null> {
    return notImplemented("GET_ROOT_SPAN");
  }

  /** All spans of a trace, by start (nanoseconds included), then those without parent, then by id. `null` when there are none. */
  getTrace(_args: { traceId: string }): Promise<{ traceId: string; spans: SpanRecord[] } | null> {
    return notImplemented("GET_TRACE");
  }

  /** As {@link ObservabilityStorage.getTrace} without payloads, which are not read from the engine either. */
  getStructure(args: { traceId: string }): Promise<{ traceId: string; spans: LightSpanRecord[] } | null> {
    const isOlderNameDefined = this.getTraceLight !== ObservabilityStorage.prototype.getTraceLight;
    return isOlderNameDefined ? this.getTraceLight(args) : notImplemented("GET_STRUCTURE");
  }

  /** @deprecated The older name of {@link ObservabilityStorage.getStructure}. */
  getTraceLight(args: { traceId: string }): Promise<{ traceId: string; spans: LightSpanRecord[] } | null> {
    const isNewerNameDefined = this.getStructure !== ObservabilityStorage.prototype.getStructure;
    return isNewerNameDefined ? this.getStructure(args) : notImplemented("GET_TRACE_LIGHT");
  }

  /**
   * Of each trace that exists, how many spans it has and in which of them a model was called: for what a trace used and cost.
   * At most 100 traces.
   */
  getModelCalls(_args: { traceIds: string[] }): Promise<{ traces: TraceModelCalls[] }> {
    return notImplemented("GET_MODEL_CALLS");
  }

  // Traces

  /**
   * A page of traces, each as its current root with its status; traces without root are not listed. Order by `startedAt`
   * (default) or `endedAt`, `DESC` by default, ties by trace id ascending; by end, running traces come first downwards and last
   * upwards. Page 0 and 10 per page by default, 100 at most.
   *
   * @throws StorageError `INVALID_ARGUMENT` for unknown arguments and filters, and for bad values.
   */
  listTraces(_args?: ListTracesArgs): Promise<ListTracesResult> {
    return notImplemented("LIST_TRACES");
  }

  /** The same traces in the same order without payloads, with `metadata` and `inputPreview`. */
  listTracesLight(_args?: ListTracesArgs): Promise<ListTracesLightResult> {
    return notImplemented("LIST_TRACES");
  }

  /**
   * Deletes whole traces with all that carries their ids. With a scope only those whose current root (without one: every span) has
   * the values; nothing of another tenant goes. Unknown ids are ignored. There is no tombstone: stop writers first.
   */
  batchDeleteTraces(_args: BatchDeleteTracesArgs): Promise<void> {
    return notImplemented("BATCH_DELETE_TRACES");
  }

  // Traces in the form of early releases

  /** Writes legacy spans; a later one of the same id replaces the earlier, whose `createdAt` stays. */
  batchTraceInsert(_args: { records: LegacyTraceInput[] }): Promise<void> {
    return notImplemented("BATCH_TRACE_INSERT");
  }

  /** A page of legacy spans, latest start first, ties by id ascending; 100 per page by default. */
  getTracesPaginated(_args?: LegacyTraceQuery): Promise<PaginationInfo & { traces: LegacyTrace[] }> {
    return notImplemented("GET_TRACES_PAGINATED");
  }

  /** The rows of {@link ObservabilityStorage.getTracesPaginated} alone. */
  getTraces(_args?: LegacyTraceQuery): Promise<LegacyTrace[]> {
    return notImplemented("GET_TRACES");
  }

  // OpenTelemetry

  /**
   * Takes a request of OTLP, as JSON or as protobuf bytes. Spans that cannot be taken are rejected alone; a request that is sent
   * again does no harm.
   */
  ingestOtlpTraces(_body: object | Uint8Array): Promise<IngestResult> {
    return notImplemented("INGEST_OTLP_TRACES");
  }

  /** The traces as a request of OTLP/JSON: what came from OTLP as it came, other spans by the GenAI conventions. */
  exportOtlpTraces(_args: ExportArgs): Promise<{ resourceSpans: unknown[] }> {
    return notImplemented("EXPORT_OTLP_TRACES");
  }

  // Discovery: distinct, non-empty values over spans and signals, ascending by code point

  getEntityTypes(_args?: object): Promise<{ entityTypes: string[] }> {
    return notImplemented("GET_ENTITY_TYPES");
  }

  getEntityNames(_args?: { entityType?: string }): Promise<{ names: string[] }> {
    return notImplemented("GET_ENTITY_NAMES");
  }

  getServiceNames(_args?: object): Promise<{ serviceNames: string[] }> {
    return notImplemented("GET_SERVICE_NAMES");
  }

  getEnvironments(_args?: object): Promise<{ environments: string[] }> {
    return notImplemented("GET_ENVIRONMENTS");
  }

  getTags(_args?: { entityType?: string }): Promise<{ tags: string[] }> {
    return notImplemented("GET_TAGS");
  }

  getMetricNames(_args?: { prefix?: string; limit?: number }): Promise<{ names: string[] }> {
    return notImplemented("GET_METRIC_NAMES");
  }

  getMetricLabelKeys(_args: { metricName: string }): Promise<{ keys: string[] }> {
    return notImplemented("GET_METRIC_LABEL_KEYS");
  }

  getMetricLabelValues(_args: {
    metricName: string;
    labelKey: string;
    prefix?: string;
    limit?: number;
  }): Promise<{ values: string[] }> {
    return notImplemented("GET_LABEL_VALUES");
  }

  // Branches

  /** A page of spans of a branch type, nested or not. */
  listBranches(_args?: ListArgs<TraceFilters, "startedAt" | "endedAt">): Promise<ListBranchesResult> {
    return notImplemented("LIST_BRANCHES");
  }

  /** A span and its descendants down to `depth`, the span itself first. */
  getBranch(_args: {
    traceId: string;
    spanId: string;
    depth?: number;
  }): Promise<{ traceId: string; spans: SpanRecord[] } | null> {
    return notImplemented("GET_BRANCH");
  }

  // Logs

  batchCreateLogs(_args: { logs: CreateLogRecord[] }): Promise<void> {
    return notImplemented("BATCH_CREATE_LOGS");
  }

  listLogs(_args?: ListLogsArgs): Promise<ListLogsResult> {
    return notImplemented("LIST_LOGS");
  }

  // Metrics

  batchCreateMetrics(_args: { metrics: CreateMetricRecord[] }): Promise<void> {
    return notImplemented("BATCH_CREATE_METRICS");
  }

  listMetrics(_args?: ListMetricsArgs): Promise<ListMetricsResult> {
    return notImplemented("LIST_METRICS");
  }

  getMetricAggregate(_args: AggregateArgs<MetricSubject, MetricFilters>): Promise<AggregateAnswer> {
    return notImplemented("GET_METRIC_AGGREGATE");
  }

  getMetricBreakdown(_args: BreakdownArgs<MetricSubject, MetricFilters>): Promise<BreakdownAnswer> {
    return notImplemented("GET_METRIC_BREAKDOWN");
  }

  getMetricTimeSeries(_args: TimeSeriesArgs<MetricSubject, MetricFilters>): Promise<TimeSeriesAnswer> {
    return notImplemented("GET_METRIC_TIME_SERIES");
  }

  getMetricPercentiles(_args: PercentilesArgs<MetricSubject, MetricFilters>): Promise<PercentilesAnswer> {
    return notImplemented("GET_METRIC_PERCENTILES");
  }

  // Scores as events

  createScore(_args: { score: CreateScoreRecord }): Promise<void> {
    return notImplemented("CREATE_SCORE");
  }

  batchCreateScores(_args: { scores: CreateScoreRecord[] }): Promise<void> {
    return notImplemented("BATCH_CREATE_SCORES");
  }

  listScores(_args?: ListScoresArgs): Promise<ListScoresResult> {
    return notImplemented("LIST_SCORES");
  }

  /** The score of that id, a bare string unlike in the `scores` domain; `null` when there is none. */
  getScoreById(_scoreId: string): Promise<ScoreRecord | null> {
    return notImplemented("GET_SCORE_BY_ID");
  }

  deleteScores(args: { scoreIds: string[] } & SignalScope): Promise<void> {
    return args.scoreIds.length === 0 ? Promise.resolve() : notImplemented("DELETE_SCORES");
  }

  getScoreAggregate(_args: AggregateArgs<ScoreSubject, ScoreFilters>): Promise<AggregateAnswer> {
    return notImplemented("GET_SCORE_AGGREGATE");
  }

  getScoreBreakdown(_args: BreakdownArgs<ScoreSubject, ScoreFilters>): Promise<BreakdownAnswer> {
    return notImplemented("GET_SCORE_BREAKDOWN");
  }

  getScoreTimeSeries(_args: TimeSeriesArgs<ScoreSubject, ScoreFilters>): Promise<TimeSeriesAnswer> {
    return notImplemented("GET_SCORE_TIME_SERIES");
  }

  getScorePercentiles(_args: PercentilesArgs<ScoreSubject, ScoreFilters>): Promise<PercentilesAnswer> {
    return notImplemented("GET_SCORE_PERCENTILES");
  }

  // Feedback

  createFeedback(_args: { feedback: CreateFeedbackRecord }): Promise<void> {
    return notImplemented("CREATE_FEEDBACK");
  }

  batchCreateFeedback(_args: { feedbacks: CreateFeedbackRecord[] }): Promise<void> {
    return notImplemented("BATCH_CREATE_FEEDBACK");
  }

  listFeedback(_args?: ListFeedbackArgs): Promise<ListFeedbackResult> {
    return notImplemented("LIST_FEEDBACK");
  }

  /** Moves the review status, which nothing else does. */
  updateFeedbackReviewStatus(_args: { feedbackId: string; reviewStatus: ReviewStatus }): Promise<FeedbackRecord> {
    return notImplemented("UPDATE_FEEDBACK_REVIEW_STATUS");
  }

  deleteFeedback(args: { feedbackIds: string[] } & SignalScope): Promise<void> {
    return args.feedbackIds.length === 0 ? Promise.resolve() : notImplemented("DELETE_FEEDBACK");
  }

  getFeedbackAggregate(_args: AggregateArgs<FeedbackSubject, FeedbackFilters>): Promise<AggregateAnswer> {
    return notImplemented("GET_FEEDBACK_AGGREGATE");
  }

  getFeedbackBreakdown(_args: BreakdownArgs<FeedbackSubject, FeedbackFilters>): Promise<BreakdownAnswer> {
    return notImplemented("GET_FEEDBACK_BREAKDOWN");
  }

  getFeedbackTimeSeries(_args: TimeSeriesArgs<FeedbackSubject, FeedbackFilters>): Promise<TimeSeriesAnswer> {
    return notImplemented("GET_FEEDBACK_TIME_SERIES");
  }

  getFeedbackPercentiles(_args: PercentilesArgs<FeedbackSubject, FeedbackFilters>): Promise<PercentilesAnswer> {
    return notImplemented("GET_FEEDBACK_PERCENTILES");
  }

  // Plans made by the host's query language

  /**
   * Traces whose current root has ended, selected, ordered and paged as the plan says.
   *
   * @throws StorageError `TRACE_QUERY_CURSOR_CONFLICT`, `TRACE_QUERY_CURSOR_MALFORMED`, `TRACE_QUERY_EXECUTION_TIMEOUT`,
   * `TRACE_QUERY_RESOURCE_LIMIT` (more than a million records to look at).
   */
  queryTraces(_plan: object, _options?: QueryOptions): Promise<object> {
    return notImplemented("QUERY_TRACES");
  }

  /** Threads judged by their traces, ascending by id. Errors as {@link ObservabilityStorage.queryTraces}. */
  queryThreads(_plan: object, _options?: QueryOptions): Promise<object> {
    return notImplemented("QUERY_THREADS");
  }

  /** Metadata keys that conditions may name, the most frequent first. */
  getTraceQueryObservedFields(_plan: object, _options?: QueryOptions): Promise<object> {
    return notImplemented("TRACE_QUERY_DISCOVERY");
  }

  /** Values of one field, the most frequent first. */
  getTraceQueryValues(_plan: object, _options?: QueryOptions): Promise<object> {
    return notImplemented("TRACE_QUERY_DISCOVERY");
  }

  /** Counts, durations and rates of traces by groups and buckets of time; exact, percentiles included. */
  aggregateTraces(_plan: object, _options?: QueryOptions): Promise<object> {
    return notImplemented("AGGREGATE_TRACES");
  }

  /** Tokens, costs and counts of the named traces, computed from their spans. Each trace that exists once, in the order given. */
  getTraceRollups(_args: { traceIds: string[] }): Promise<{ rollups: TraceRollup[] }> {
    return notImplemented("GET_TRACE_ROLLUPS");
  }

  /**
   * Counts, errors, tokens, costs and durations over traces, by buckets of time and by agent, model or tenant, from numbers
   * that are kept for every 15 minutes. What has just been written counts. Durations are within 2 percent.
   *
   * @throws StorageError `INVALID_ARGUMENT`; `resource_limit` when more than a million traces had to be looked at.
   */
  getRollups(_args: RollupArgs): Promise<{ rows: RollupRow[] }> {
    return notImplemented("GET_ROLLUPS");
  }

  /** Reads usage anew from the attributes of spans and computes the kept numbers of the range, by default of everything. */
  rebuildRollups(_args?: RebuildArgs): Promise<RebuildResult> {
    return notImplemented("REBUILD_ROLLUPS");
  }
}
