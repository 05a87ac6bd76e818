import { randomUUID } from "node:crypto";
import type {
  CreateFeedbackRecord,
  CreateLogRecord,
  CreateMetricRecord,
  CreateScoreRecord,
  CreateSpanRecord,
  UpdateSpanRecord,
} from "@stowage/core";
import type { ExportedSignal, ExportedSpan, FeedbackEvent, LogEvent, MetricEvent, ScoreEvent } from "./events.ts";

/** Columns of a span that its metadata fills, so that one can filter on them. */
const columnsOfMetadata = [
  ...["userId", "organizationId", "resourceId", "runId", "sessionId", "threadId", "requestId"],
  ...["environment", "source", "serviceName", "experimentId", "entityVersionId"],
];

/** Columns of a signal that its context fills. */
const columnsOfContext = [
  ...["entityType", "entityId", "entityName", "entityVersionId"],
  ...["parentEntityType", "parentEntityId", "parentEntityName", "parentEntityVersionId"],
  ...["rootEntityType", "rootEntityId", "rootEntityName", "rootEntityVersionId"],
  ...["userId", "organizationId", "resourceId", "runId", "sessionId", "threadId", "requestId"],
  ...["environment", "serviceName", "experimentId", "tags"],
];

/** All that a span says now. What it does not know is left out: it must not clear what another process knows. */
function membersOf(span: ExportedSpan) {
  const { metadata = {} } = span;
  const fromMetadata = columnsOfMetadata.filter((name) => typeof metadata[name] === "string");
  const { scope } = metadata;
  return present({
    name: span.name,
    spanType: span.type,
    isEvent: span.isEvent,
    parentSpanId: span.parentSpanId,
    startedAt: span.startTime,
    entityType: span.entityType,
    entityId: span.entityId,
    entityName: span.entityName,
    attributes: span.attributes as Record<string, unknown> | undefined,
    metadata: span.metadata,
    tags: span.tags,
    input: span.input,
    output: span.output,
    error: span.errorInfo,
    requestContext: span.requestContext,
    ...Object.fromEntries(fromMetadata.map((name) => [name, metadata[name]])),
    ...(typeof scope === "object" &&
      scope !== null &&
      !Array.isArray(scope) && { scope: scope as Record<string, unknown> }),
  });
}

export const createOf = (span: ExportedSpan): CreateSpanRecord =>
  ({ ...membersOf(span), traceId: span.traceId, spanId: span.id, ...endOf(span) }) as CreateSpanRecord;

/** An update before the end carries no end at all. */
export const updatesOf = (span: ExportedSpan): Partial<UpdateSpanRecord> =>
  ({ ...membersOf(span), ...endOf(span) }) as Partial<UpdateSpanRecord>;

/** A point in time ends where it starts. */
const endOf = ({ endTime, isEvent, startTime }: ExportedSpan) => {
  const end = endTime ?? (isEvent ? startTime : undefined);
  return end ? { endedAt: end } : {};
};

function contextOf({ correlationContext = {}, traceId, spanId, timestamp, metadata }: ExportedSignal) {
  return present({
    ...Object.fromEntries(columnsOfContext.map((name) => [name, correlationContext[name]])),
    executionSource: correlationContext.source,
    traceId: traceId ?? correlationContext.traceId,
    spanId: spanId ?? correlationContext.spanId,
    timestamp,
    metadata,
  });
}

export const logOf = ({ log }: LogEvent): CreateLogRecord =>
  ({
    ...contextOf(log),
    ...present({
      logId: log.logId ?? randomUUID(),
      level: log.level,
      message: log.message,
      data: log.data,
      tags: log.tags,
    }),
  }) as CreateLogRecord;

/** Labels in which older emitters put the context, and the columns they belong to. */
const contextLabels = {
  entity_type: "entityType",
  entity_name: "entityName",
  parent_type: "parentEntityType",
  parent_name: "parentEntityName",
  service_name: "serviceName",
} as const;

export function metricOf({ metric }: MetricEvent): CreateMetricRecord {
  const labels = { ...metric.labels };
  const moved: Record<string, string> = {};
  for (const [label, column] of Object.entries(contextLabels)) {
    const value = labels[label];
    if (value === undefined) continue;
    moved[column] = value;
    delete labels[label];
  }
  const { provider, model, estimatedCost, costUnit, costMetadata } = metric.costContext ?? {};
  return {
    ...moved,
    ...contextOf(metric),
    ...present({ provider, model, estimatedCost, costUnit, costMetadata }),
    metricId: metric.metricId ?? randomUUID(),
    name: metric.name,
    value: metric.value,
    labels,
  } as CreateMetricRecord;
}

export function scoreOf({ score }: ScoreEvent): CreateScoreRecord {
  const { correlationContext: _context, source, scoreSource, targetEntityType, scoreId, ...own } = score;
  const context = contextOf(score) as { entityType?: string };
  return {
    ...context,
    ...present(own),
    ...present({ scoreSource: scoreSource ?? source, entityType: context.entityType ?? targetEntityType }),
    scoreId: scoreId ?? randomUUID(),
    ...present({ traceId: score.traceId ?? (context as ExportedSignal).traceId }),
  } as CreateScoreRecord;
}

export function feedbackOf({ feedback }: FeedbackEvent): CreateFeedbackRecord {
  const { correlationContext: _context, source, feedbackSource, userId, feedbackUserId, feedbackId, ...own } = feedback;
  const user = feedbackUserId ?? userId ?? feedback.metadata?.userId;
  return {
    ...contextOf(feedback),
    ...present(own),
    ...present({
      feedbackSource: feedbackSource ?? source,
      feedbackUserId: typeof user === "string" ? user : undefined,
    }),
    feedbackId: feedbackId ?? randomUUID(),
  } as CreateFeedbackRecord;
}

const present = <T extends object>(members: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<T>;
