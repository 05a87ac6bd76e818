import { schemaOf } from "../shared/schema.ts";
import { legacyTraces, spans } from "./tables.ts";

export type { InstantInput } from "./instant-input.ts";
export type { ConvertedSpan, LegacyConversion, LegacyConversionOptions } from "./legacy/convert.ts";
export { legacyTraceToSpan, spanToLegacyTrace } from "./legacy/convert.ts";
export type { LegacyNumbering } from "./legacy/numbering.ts";
export type { LegacyTimeUnit } from "./legacy/time-unit.ts";
export type { LegacyTrace, LegacyTraceInput, LegacyTraceQuery, NanosInput } from "./legacy/types.ts";
export type { ObservabilityOptions } from "./options.ts";
export type { ExportArgs, IngestResult } from "./otlp/transfer.ts";
export { readRequest as readOtlpRequest } from "./otlp/transfer.ts";
export type { QueryOptions } from "./query/plan.ts";
export { sketchError as rollupError } from "./rollups/sketch.ts";
export type {
  CallRollup,
  RebuildArgs,
  RebuildResult,
  RollupArgs,
  RollupDimension,
  RollupPercentile,
  RollupRow,
  TraceRollup,
} from "./rollups/types.ts";
export { rollupDimensions } from "./rollups/types.ts";
export type {
  AggregateAnswer,
  AggregateArgs,
  AggregateInterval,
  Aggregation,
  BreakdownAnswer,
  BreakdownArgs,
  ComparePeriod,
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
  LogFilters,
  LogLevel,
  LogRecord,
  MetricFilters,
  MetricRecord,
  MetricSubject,
  PercentilesAnswer,
  PercentilesArgs,
  ReviewStatus,
  ScoreFilters,
  ScoreRecord,
  ScoreSubject,
  SignalFilters,
  SignalRecord,
  SignalScope,
  TimeSeriesAnswer,
  TimeSeriesArgs,
} from "./signals/types.ts";
export { logLevels, reviewStatuses } from "./signals/types.ts";
export { ObservabilityStorage } from "./storage.ts";
export type {
  BatchDeleteTracesArgs,
  ContextFields,
  CreateSpanRecord,
  EntityType,
  InstantRange,
  LegacyRemainder,
  LightSpanRecord,
  ListArgs,
  ListInfo,
  ListTracesArgs,
  ListTracesLightResult,
  ListTracesResult,
  ModelCall,
  ObservabilityFeature,
  ObservabilityPage,
  ObservabilityStrategy,
  OtelEnvelope,
  OtlpAnyValue,
  OtlpKeyValue,
  SpanRecord,
  SpanType,
  TraceContext,
  TraceFilters,
  TraceModelCalls,
  TraceSpan,
  TraceStatus,
  TracingStrategy,
  UpdateSpanArgs,
  UpdateSpanRecord,
} from "./types.ts";
export {
  branchSpanTypes,
  entityTypes,
  observabilityFeatures,
  spanTypes,
  traceStatuses,
  tracingStrategies,
} from "./types.ts";
export type { CloseAbandonedArgs, CloseAbandonedResult } from "./writing/close-abandoned.ts";

export const TABLE_SPANS = spans.name;
export const SPAN_SCHEMA = schemaOf(spans);
export const TABLE_TRACES = legacyTraces.name;
export const TRACES_SCHEMA = schemaOf(legacyTraces);
