import type { PaginationInfo } from "../shared/pagination.ts";
import type { InstantInput } from "./instant-input.ts";
import type { TraceRollup } from "./rollups/types.ts";

/** Span types this release knows. Others are stored and returned as they are. */
export const spanTypes = [
  "agent_run",
  "scorer_run",
  "scorer_step",
  "classifier_evaluation",
  "generic",
  "model_generation",
  "model_step",
  "model_inference",
  "model_chunk",
  "mcp_tool_call",
  "mcp_server_request",
  "processor_run",
  "tool_call",
  "client_tool_call",
  "provider_tool_call",
  "workflow_run",
  "workflow_step",
  "workflow_conditional",
  "workflow_conditional_eval",
  "workflow_parallel",
  "workflow_loop",
  "workflow_sleep",
  "workflow_wait_event",
  "memory_operation",
  "workspace_action",
  "rag_ingestion",
  "rag_embedding",
  "rag_vector_operation",
  "rag_action",
  "graph_action",
  "mapping",
  "skill_resolution",
  "skill_action",
  "agent_signal",
] as const;
export type SpanType = (typeof spanTypes)[number] | (string & {});

/** Span types that anchor a branch. */
export const branchSpanTypes = [
  "agent_run",
  "workflow_run",
  "processor_run",
  "scorer_run",
  "rag_ingestion",
  "tool_call",
  "mcp_tool_call",
  "mcp_server_request",
  "provider_tool_call",
] as const satisfies readonly SpanType[];

/** Entity types this release knows. Others are stored and returned as they are. */
export const entityTypes = [
  "agent",
  "eval",
  "input_processor",
  "input_step_processor",
  "output_processor",
  "output_step_processor",
  "tool_result_processor",
  "workflow_step",
  "workflow_run",
  "tool",
  "scorer",
  "rag_ingestion",
  "trajectory",
  "mcp_server",
  "memory",
] as const;
export type EntityType = (typeof entityTypes)[number] | (string & {});

export const traceStatuses = ["success", "error", "running"] as const;
/** Of one span: `error` when it has an error value, else `running` without an end, else `success`. */
export type TraceStatus = (typeof traceStatuses)[number];

/** Where a span or signal belongs. */
export interface ContextFields {
  entityType: EntityType | null;
  entityId: string | null;
  entityName: string | null;
  entityVersionId: string | null;
  parentEntityType: EntityType | null;
  parentEntityId: string | null;
  parentEntityName: string | null;
  parentEntityVersionId: string | null;
  rootEntityType: EntityType | null;
  rootEntityId: string | null;
  rootEntityName: string | null;
  rootEntityVersionId: string | null;
  userId: string | null;
  organizationId: string | null;
  resourceId: string | null;
  runId: string | null;
  sessionId: string | null;
  threadId: string | null;
  requestId: string | null;
  environment: string | null;
  serviceName: string | null;
  experimentId: string | null;
  /** Package and application versions. */
  scope: Record<string, unknown> | null;
}

/** A value as OTLP types it; plain JSON cannot tell 64-bit integers from doubles and holds no bytes. */
export type OtlpAnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number | "NaN" | "Infinity" | "-Infinity" }
  | { bytesValue: string }
  | { arrayValue: { values: OtlpAnyValue[] } }
  | { kvlistValue: { values: OtlpKeyValue[] } }
  | Record<string, never>;
export interface OtlpKeyValue {
  key: string;
  value?: OtlpAnyValue;
  /** The content stands in the span's `input` or `output`. */
  ref?: "input" | "output";
}

/** What a row of `mastra_traces` holds and a span has no place for, as it was there. */
export interface LegacyRemainder {
  other: string | null;
  events: unknown;
  links: unknown;
  startUnit: "ns" | "us" | "ms";
  endUnit: "ns" | "us" | "ms";
  /** Left out when they were an object. */
  attributes?: unknown;
  /** Left out when it had a code. */
  status?: unknown;
}

/** What OTLP carries beyond the record. */
export interface OtelEnvelope {
  /** OTLP wire number 0…5; unknown numbers are kept. */
  kind: number;
  /** OTLP numbering; null when it was not sent. */
  status: { code: number; message?: string } | null;
  /** Decimal nanoseconds since 1970; on output always those of `startedAt`. */
  startTimeUnixNano: string;
  endTimeUnixNano: string | null;
  flags?: number;
  traceState?: string;
  attributes: OtlpKeyValue[];
  droppedAttributesCount?: number;
  droppedEventsCount?: number;
  droppedLinksCount?: number;
  events: { timeUnixNano: string; name: string; attributes: OtlpKeyValue[]; droppedAttributesCount?: number }[];
  links: {
    traceId: string;
    spanId: string;
    traceState?: string;
    flags?: number;
    attributes: OtlpKeyValue[];
    droppedAttributesCount?: number;
  }[];
  scope: {
    name: string;
    version?: string;
    attributes?: OtlpKeyValue[];
    droppedAttributesCount?: number;
    schemaUrl?: string;
  };
  resource: { attributes: OtlpKeyValue[]; droppedAttributesCount?: number; schemaUrl?: string };
  /** Of a span that was made from a row of `mastra_traces`. Not exported. */
  legacy?: LegacyRemainder;
}

/** A span as it is read. Every nullable property is present. */
export interface SpanRecord extends ContextFields {
  traceId: string;
  /** Unique within its trace only. */
  spanId: string;
  /** `null` for a root. */
  parentSpanId: string | null;
  name: string;
  spanType: SpanType;
  /** A point in time rather than an interval. */
  isEvent: boolean;
  startedAt: Date;
  /** `null` while running. */
  endedAt: Date | null;
  source: string | null;
  attributes: Record<string, unknown> | null;
  metadata: Record<string, unknown> | null;
  tags: string[] | null;
  links: unknown[] | null;
  input: unknown;
  output: unknown;
  /** Any JSON value that is not null counts as an error. */
  error: unknown;
  requestContext: Record<string, unknown> | null;
  /** When the store first saw the span. */
  createdAt: Date;
  updatedAt: Date | null;
  /** Left out when the span never carried any. */
  otel?: OtelEnvelope;
}

type SpanInput = Omit<SpanRecord, "createdAt" | "updatedAt" | "startedAt" | "endedAt" | "otel"> & {
  startedAt: InstantInput;
  endedAt: InstantInput | null;
  otel: Partial<OtelEnvelope> | null;
};

/** A span to write. What is left out or null is absent; unknown properties are ignored. */
export type CreateSpanRecord = Pick<SpanInput, "traceId" | "spanId" | "startedAt"> &
  Partial<Omit<SpanInput, "traceId" | "spanId" | "startedAt">>;

/** Properties of a span that an update may carry. `undefined` leaves the stored value, `null` clears it. */
export type UpdateSpanRecord = Omit<SpanInput, "traceId" | "spanId">;

export interface UpdateSpanArgs {
  traceId: string;
  spanId: string;
  updates: Partial<UpdateSpanRecord>;
}

/** A span with the status computed from it. */
export type TraceSpan = SpanRecord & {
  status: TraceStatus;
  /** In lists of traces that ask for it. */
  rollup?: TraceRollup;
};

/** A span in which a model was called, without its payloads. */
export type ModelCall = Pick<SpanRecord, "spanId" | "parentSpanId" | "spanType" | "startedAt" | "attributes">;

/** What a trace asked of models. Outer spans may repeat what the calls below them used. */
export interface TraceModelCalls {
  traceId: string;
  /** Number of all its spans. */
  spanCount: number;
  calls: ModelCall[];
}

/** A span without its payloads. `metadata` and `inputPreview` are there in lists only. */
export interface LightSpanRecord {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  spanType: SpanType;
  isEvent: boolean;
  startedAt: Date;
  endedAt: Date | null;
  error: unknown;
  status: TraceStatus;
  entityType: EntityType | null;
  entityId: string | null;
  entityName: string | null;
  createdAt: Date;
  updatedAt: Date | null;
  metadata?: Record<string, unknown> | null;
  /** At most 100 UTF-16 units of what the user said, then `…`. */
  inputPreview?: string | null;
  /** In lists that ask for it. */
  rollup?: TraceRollup;
  /** In light lists that ask for it. */
  context?: TraceContext;
}

/** Where a trace belongs, as its root says. */
export type TraceContext = Pick<
  ContextFields,
  "threadId" | "resourceId" | "userId" | "sessionId" | "runId" | "environment" | "serviceName"
> & { tags: string[] | null };

/** Both ends inclusive unless the flag says otherwise; a range without ends is no condition. */
export interface InstantRange {
  start?: InstantInput | null;
  end?: InstantInput | null;
  startExclusive?: boolean;
  endExclusive?: boolean;
}

/** A text filter: equality, case-sensitive; `null` asks for roots without a value. */
type TextFilter = string | null;

/** Conditions on the current root of a trace, joined by AND. Unknown members are refused. */
export type TraceFilters = {
  [Name in Exclude<keyof ContextFields, "scope"> | "traceId" | "spanType" | "source" | "executionSource"]?:
    | TextFilter
    | undefined;
} & {
  startedAt?: InstantRange | null | undefined;
  /** With a bound, a running trace never matches. */
  endedAt?: InstantRange | null | undefined;
  /** The root carries all of them. */
  tags?: readonly string[] | null | undefined;
  /** Each key given is a top-level member of the root's object and deeply equal. */
  metadata?: Readonly<Record<string, unknown>> | null | undefined;
  scope?: Readonly<Record<string, unknown>> | null | undefined;
  status?: TraceStatus | undefined;
  /** Whether any span of the trace has an error, the root included. */
  hasChildError?: boolean | "true" | "false" | undefined;
};

/** A page of an observability list: zero-based `page`, default 0; `perPage` 1…100, default 10. Numeric strings are taken. */
export interface ObservabilityPage {
  page?: number;
  perPage?: number;
}

/** What the lists of this domain take. `after` and `limit` belong to the mode `delta`, `pagination`, `orderBy` and `includeTotal` to `page`. */
export interface ListArgs<Filters, Field extends string> {
  filters?: Filters;
  pagination?: ObservabilityPage;
  orderBy?: { field?: Field; direction?: "ASC" | "DESC" };
  /**
   * `false`: no count, so that a page costs the same however much is stored; `total` is then the number of rows up to the end
   * of the page. Default `true`.
   */
  includeTotal?: boolean;
  mode?: "page" | "delta";
  after?: string;
  limit?: number;
}

export interface ListTracesArgs extends ListArgs<TraceFilters, "startedAt" | "endedAt"> {
  /** Adds the numbers of its trace to each element, as `rollup`. Default `false`; one more round trip. */
  rollup?: boolean;
  /** Adds to each light element where its trace belongs, as `context`. Default `false`; whole elements hold it anyway. */
  context?: boolean;
}

/** What the lists of this domain return beside the rows. */
export interface ListInfo {
  pagination?: PaginationInfo;
  delta?: { limit: number; hasMore: boolean };
  deltaCursor?: string;
}

export interface ListTracesResult extends ListInfo {
  spans: TraceSpan[];
}

export interface ListTracesLightResult extends ListInfo {
  spans: LightSpanRecord[];
}

export interface BatchDeleteTracesArgs {
  traceIds: string[];
  /** Only traces whose root has this value. */
  organizationId?: string;
  /** Only traces whose root has this value. */
  resourceId?: string;
}

/** How a writer of spans may work: as things happen, in batches, or only with finished spans. */
export const tracingStrategies = ["realtime", "batch-with-updates", "insert-only", "event-sourced"] as const;
export type TracingStrategy = (typeof tracingStrategies)[number];

export interface ObservabilityStrategy {
  readonly preferred: TracingStrategy;
  readonly supported: readonly TracingStrategy[];
}

/** Optional parts of the domain that a store may have. */
export const observabilityFeatures = [
  "delta-polling",
  "metrics",
  "logs",
  "entity-type-discovery",
  "entity-name-discovery",
  "service-name-discovery",
  "environment-discovery",
  "tag-discovery",
  "metric-discovery",
  "trace-query",
  "trace-query-root-duration",
  "trace-query-discovery",
  "thread-query",
  "trace-query-tenant-scope",
  "feedback",
] as const;
export type ObservabilityFeature = (typeof observabilityFeatures)[number];
