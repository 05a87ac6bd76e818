import { StorageError } from "../../../errors.ts";
import type { SpanRow, StoredIndexRow } from "../tables.ts";
import { longValues } from "../traces/index-text.ts";
import type { LightSpanRecord, OtelEnvelope, SpanRecord, TraceContext, TraceSpan } from "../types.ts";
import { statusOf } from "./status.ts";

/** A span as it is returned, from its row. */
export function toSpan(row: SpanRow): SpanRecord {
  const span: SpanRecord = {
    traceId: row.traceId,
    spanId: row.spanId,
    parentSpanId: row.parentSpanId,
    name: row.name,
    spanType: row.spanType,
    isEvent: row.isEvent,
    startedAt: new Date(row.startedAt),
    endedAt: toDate(row.endedAt),
    entityType: row.entityType,
    entityId: row.entityId,
    entityName: row.entityName,
    entityVersionId: row.entityVersionId,
    parentEntityType: row.parentEntityType,
    parentEntityId: row.parentEntityId,
    parentEntityName: row.parentEntityName,
    parentEntityVersionId: row.parentEntityVersionId,
    rootEntityType: row.rootEntityType,
    rootEntityId: row.rootEntityId,
    rootEntityName: row.rootEntityName,
    rootEntityVersionId: row.rootEntityVersionId,
    userId: row.userId,
    organizationId: row.organizationId,
    resourceId: row.resourceId,
    runId: row.runId,
    sessionId: row.sessionId,
    threadId: row.threadId,
    requestId: row.requestId,
    environment: row.environment,
    serviceName: row.serviceName,
    experimentId: row.experimentId,
    source: row.source,
    scope: parse(row, "scope") as SpanRecord["scope"],
    tags: parse(row, "tags") as SpanRecord["tags"],
    error: parse(row, "error"),
    metadata: parse(row, "metadata") as SpanRecord["metadata"],
    links: parse(row, "links") as SpanRecord["links"],
    requestContext: parse(row, "requestContext") as SpanRecord["requestContext"],
    attributes: parse(row, "attributes") as SpanRecord["attributes"],
    input: parse(row, "input"),
    output: parse(row, "output"),
    createdAt: new Date(row.createdAt),
    updatedAt: toDate(row.updatedAt),
  };
  if (row.otel !== null) span.otel = toOtel(row);
  return span;
}

export function toTraceSpan(row: SpanRow): TraceSpan {
  const span = toSpan(row) as TraceSpan;
  span.status = statusOf(row);
  return span;
}

/** Columns of a light record; no payload is among them. */
export const lightColumns = [
  "traceId",
  "spanId",
  "parentSpanId",
  "name",
  "spanType",
  "isEvent",
  "startedAt",
  "startNs",
  "endedAt",
  "error",
  "entityType",
  "entityId",
  "entityName",
  "createdAt",
  "updatedAt",
] as const;
type LightRow = Pick<SpanRow, (typeof lightColumns)[number]>;

/** A span without its payloads, from its row. */
export function toLightSpan(row: LightRow): LightSpanRecord {
  return {
    traceId: row.traceId,
    spanId: row.spanId,
    parentSpanId: row.parentSpanId,
    name: row.name,
    spanType: row.spanType,
    isEvent: row.isEvent,
    startedAt: new Date(row.startedAt),
    endedAt: toDate(row.endedAt),
    error: parse(row, "error"),
    status: statusOf(row),
    entityType: row.entityType,
    entityId: row.entityId,
    entityName: row.entityName,
    createdAt: new Date(row.createdAt),
    updatedAt: toDate(row.updatedAt),
  };
}

/** Columns of the index row that a light list shows. */
export const lightIndexColumns = [
  "traceId",
  "rootSpanId",
  "parentSpanId",
  "name",
  "spanType",
  "isEvent",
  "startedAt",
  "endedAt",
  "endOrder",
  "error",
  "entityType",
  "entityId",
  "entityName",
  "createdAt",
  "updatedAt",
  "metadata",
  "inputPreview",
  "long",
  "arrival",
] as const;

/** The current root of a trace without its payloads, from the trace's index row. */
export function toLightRoot(row: Pick<StoredIndexRow, (typeof lightIndexColumns)[number]>): LightSpanRecord {
  const root = toLightSpan({ ...row, spanId: row.rootSpanId } as unknown as LightRow);
  if (row.long !== null) {
    const { entityType, entityId, entityName } = longValues(row);
    Object.assign(
      root,
      entityType !== undefined && { entityType },
      entityId !== undefined && { entityId },
      entityName !== undefined && { entityName },
    );
  }
  root.metadata = parse({ ...row, spanId: row.rootSpanId ?? "" }, "metadata") as SpanRecord["metadata"];
  root.inputPreview = row.inputPreview;
  return root;
}

/** Columns of the index row that say where a trace belongs. */
export const traceContextColumns = [
  "threadId",
  "resourceId",
  "userId",
  "sessionId",
  "runId",
  "environment",
  "serviceName",
  "tags",
] as const;

/** Where a trace belongs, from its index row. */
export function toTraceContext(
  row: Pick<StoredIndexRow, (typeof traceContextColumns)[number] | "traceId" | "rootSpanId" | "long">,
): TraceContext {
  const { threadId, resourceId, userId, sessionId, runId, environment, serviceName } = { ...row, ...longValues(row) };
  const tags = parse({ ...row, spanId: row.rootSpanId ?? "" }, "tags") as TraceContext["tags"];
  return { threadId, resourceId, userId, sessionId, runId, environment, serviceName, tags };
}

const toDate = (milliseconds: number | null) => (milliseconds === null ? null : new Date(milliseconds));

/** The envelope, its times from the columns that hold them. */
function toOtel(row: SpanRow): OtelEnvelope {
  return {
    ...(parse(row, "otel") as OtelEnvelope),
    startTimeUnixNano: nanos(row.startedAt, row.startNs),
    endTimeUnixNano: row.endedAt === null ? null : nanos(row.endedAt, row.endNs),
  };
}

const nanos = (milliseconds: number, rest: number) => (BigInt(milliseconds) * 1_000_000n + BigInt(rest)).toString();

function parse<Row extends { traceId: string; spanId: string }>(row: Row, column: keyof Row & string): unknown {
  const text = row[column] as string | null;
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StorageError("a stored value cannot be decoded", {
      code: "corrupt",
      details: { column, traceId: row.traceId, spanId: row.spanId },
      cause,
    });
  }
}
