import { bigint, boolean, integer, json, text, timestamp } from "../../engine/column.ts";
import { defineTable, type Row, type StoredRow, type Table } from "../../engine/table.ts";
import { branchOf, isBranchType } from "./branches/columns.ts";
import { type StoredUsage, usageText } from "./rollups/usage.ts";

/** Text columns that say where a span or signal belongs; filters may name every one of them. */
export const contextColumns = [
  "entityType",
  "entityId",
  "entityName",
  "entityVersionId",
  "parentEntityType",
  "parentEntityId",
  "parentEntityName",
  "parentEntityVersionId",
  "rootEntityType",
  "rootEntityId",
  "rootEntityName",
  "rootEntityVersionId",
  "userId",
  "organizationId",
  "resourceId",
  "runId",
  "sessionId",
  "threadId",
  "requestId",
  "environment",
  "serviceName",
  "experimentId",
  "source",
] as const;

/** The columns of {@link contextColumns}. */
export const contextOf = () => ({
  entityType: text().nullable(),
  entityId: text().nullable(),
  entityName: text().nullable(),
  entityVersionId: text().nullable(),
  parentEntityType: text().nullable(),
  parentEntityId: text().nullable(),
  parentEntityName: text().nullable(),
  parentEntityVersionId: text().nullable(),
  rootEntityType: text().nullable(),
  rootEntityId: text().nullable(),
  rootEntityName: text().nullable(),
  rootEntityVersionId: text().nullable(),
  userId: text().nullable(),
  organizationId: text().nullable(),
  resourceId: text().nullable(),
  runId: text().nullable(),
  sessionId: text().nullable(),
  threadId: text().nullable(),
  requestId: text().nullable(),
  environment: text().nullable(),
  serviceName: text().nullable(),
  experimentId: text().nullable(),
  source: text().nullable(),
});

/**
 * One row a span. Small columns come first, so that a scan over them need not follow the payloads. A trace is read along the
 * key and put in order in memory: an index by start time would cost every insert more than it saves.
 */
export const spans = defineTable(
  "mastra_ai_spans",
  {
    traceId: text(),
    spanId: text(),
    parentSpanId: text().nullable(),
    name: text(),
    spanType: text(),
    isEvent: boolean(),
    startedAt: timestamp(),
    /** Nanoseconds within the millisecond of `startedAt`. */
    startNs: integer(),
    endedAt: timestamp().nullable(),
    endNs: integer(),
    createdAt: timestamp(),
    updatedAt: timestamp().nullable(),
    /** Whether the OpenTelemetry flags say that the parent is known to be in another service. */
    hasRemoteParent: boolean(),
    /** `spanType` of a span that anchors a branch; the three are null for all others, so that no path reaches those. */
    branchType: text().nullable(),
    /** `endedAt`, or the greatest time of a span that runs. */
    branchEnd: integer().nullable(),
    /** Set when the span is first seen and when its status changes; grows in this process. */
    branchArrival: integer().nullable(),
    /** What the attributes say of a call of a model, for numbers over traces: the attributes themselves are a payload. */
    usage: json<StoredUsage>().nullable(),
    ...contextOf(),
    scope: json().nullable(),
    tags: json().nullable(),
    error: json().nullable(),
    metadata: json().nullable(),
    links: json().nullable(),
    requestContext: json().nullable(),
    attributes: json().nullable(),
    input: json().nullable(),
    output: json().nullable(),
    /** The OpenTelemetry envelope without its two times, which `startNs` and `endNs` complete. */
    otel: json().nullable(),
  },
  {
    key: ["traceId", "spanId"],
    paths: {
      all: { onDemand: true },
      byTrace: { eq: ["traceId"] },
      byStart: { sort: ["startedAt"], onDemand: true },
      // Built where somebody lists branches: elsewhere spans are cheaper to write without.
      byBranch: { eq: ["branchType"], sort: ["startedAt"], onDemand: true },
      byBranchEnd: { eq: ["branchType"], sort: ["branchEnd", "startedAt"], onDemand: true },
      byBranchArrival: { sort: ["branchArrival"], onDemand: true },
    },
    adopt: ({ spanType, endedAt, attributes }, place) => ({
      usage: usageText(attributes === null ? null : JSON.parse(attributes as string)),
      ...branchOf(spanType as string | null, endedAt as number | null),
      branchArrival: isBranchType(spanType as string | null) ? place : null,
    }),
  },
);

/** Columns of a root span that its trace's index row repeats under the same names. */
export const rootColumns = [
  "parentSpanId",
  "name",
  "spanType",
  "isEvent",
  "startedAt",
  "startNs",
  "endedAt",
  "createdAt",
  "updatedAt",
  ...contextColumns,
  "scope",
  "tags",
  "metadata",
  "error",
] as const;

/**
 * One row a trace, written in the batch that writes its spans: what lists filter and show of the current root, and counts
 * from which the root and the error flag follow. A trace without root has null where the root's values would be, so that no
 * path reaches it. Every write that concerns a root, a remote parent or an error changes this row; every other insert checks
 * its revision. That makes the counts exact.
 */
export const traceIndex = defineTable(
  "stowage_trace_index",
  {
    traceId: text(),
    rootSpanId: text().nullable(),
    parentSpanId: text().nullable(),
    name: text().nullable(),
    spanType: text().nullable(),
    isEvent: boolean().nullable(),
    startedAt: timestamp().nullable(),
    startNs: integer().nullable(),
    endedAt: timestamp().nullable(),
    /** `endedAt`, or the greatest time for a running trace: the order by end has running traces at its upper end. */
    endOrder: integer().nullable(),
    createdAt: timestamp().nullable(),
    updatedAt: timestamp().nullable(),
    status: text().nullable(),
    hasChildError: boolean(),
    ...contextOf(),
    scope: json().nullable(),
    tags: json().nullable(),
    metadata: json().nullable(),
    error: json().nullable(),
    inputPreview: text().nullable(),
    /** Full values of context columns that hold only a key form, see `indexText`. */
    long: json().nullable(),
    /** Number of spans with an error. */
    errors: integer(),
    /** Number of spans without parent. */
    roots: integer(),
    /** Number of spans with a parent in another service. */
    remotes: integer(),
    /** Number of parked updates. */
    parked: integer(),
    /** Set when the trace gets its first root and when its status changes; grows in this process. */
    arrival: integer().nullable(),
  },
  {
    key: ["traceId"],
    paths: {
      all: { onDemand: true },
      byArrival: { sort: ["arrival"], onDemand: true },
      byStart: { sort: ["startedAt"] },
      byEnd: { sort: ["endOrder", "startedAt"] },
      byOrganization: { eq: ["organizationId"], sort: ["startedAt"] },
      byResource: { eq: ["resourceId"], sort: ["startedAt"] },
      byEntityName: { eq: ["entityType", "entityName"], sort: ["startedAt"] },
      byEntityId: { eq: ["entityId"], sort: ["startedAt"] },
      byThread: { eq: ["threadId"], sort: ["startedAt"] },
      bySession: { eq: ["sessionId"], sort: ["startedAt"] },
      byRun: { eq: ["runId"], sort: ["startedAt"] },
      byUser: { eq: ["userId"], sort: ["startedAt"] },
      byExperiment: { eq: ["experimentId"], sort: ["startedAt"] },
      byStatus: { eq: ["status"], sort: ["startedAt"] },
      byChildError: { eq: ["hasChildError"], sort: ["startedAt"] },
    },
  },
);

/** Updates of spans that nobody has created yet, merged when the create arrives. */
export const parkedUpdates = defineTable(
  "stowage_parked_span_updates",
  { traceId: text(), spanId: text(), arrival: integer(), createdAt: timestamp(), updates: json() },
  {
    key: ["traceId", "spanId", "arrival"],
    paths: { byTrace: { eq: ["traceId"] }, byAge: { sort: ["createdAt"] } },
  },
);

/** Spans in the documented form of early releases. */
export const legacyTraces = defineTable(
  "mastra_traces",
  {
    id: text(),
    parentSpanId: text().nullable(),
    name: text(),
    traceId: text(),
    scope: text(),
    kind: integer(),
    attributes: json().nullable(),
    status: json().nullable(),
    events: json().nullable(),
    links: json().nullable(),
    other: text().nullable(),
    startTime: bigint(),
    endTime: bigint(),
    createdAt: timestamp(),
  },
  { key: ["id"], paths: { byStart: { sort: ["startTime"] }, byCreated: { sort: ["createdAt"], onDemand: true } } },
);

/** What is known about the domain's own tables, by name. */
export const observabilityState = defineTable(
  "stowage_observability_state",
  { name: text(), value: json(), updatedAt: timestamp() },
  { key: ["name"] },
);

export const tracingTables: readonly Table[] = [spans, traceIndex, parkedUpdates, legacyTraces, observabilityState];

export type SpanRow = Row<typeof spans>;
export type StoredSpan = StoredRow<typeof spans>;
export type IndexRow = Row<typeof traceIndex>;
export type StoredIndexRow = StoredRow<typeof traceIndex>;
