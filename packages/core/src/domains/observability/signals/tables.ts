import { float, integer, json, text, timestamp } from "../../../engine/column.ts";
import { defineTable, type Table } from "../../../engine/table.ts";
import { contextColumns, contextOf } from "../tables.ts";

/** The context columns of a signal. */
export const signalContext = contextColumns.filter((column) => column !== "source");

function signalColumns() {
  const { source: _, ...context } = contextOf();
  return {
    traceId: text().nullable(),
    spanId: text().nullable(),
    timestamp: timestamp(),
    /** Grows in this process; a signal that is written again keeps it. */
    arrival: integer(),
    /** What a path walks by in the place of the signal's main text and its organisation, see `indexText`. */
    subjectKey: text(),
    tenantKey: text().nullable(),
    ...context,
    executionSource: text().nullable(),
    scope: json().nullable(),
    tags: json().nullable(),
    metadata: json().nullable(),
  };
}

const paths = {
  all: { onDemand: true },
  byArrival: { sort: ["arrival"], onDemand: true },
  byTime: { sort: ["timestamp"] },
  byTrace: { eq: ["traceId"], sort: ["timestamp"] },
  bySubject: { eq: ["subjectKey"], sort: ["timestamp"] },
  byTenant: { eq: ["tenantKey"], sort: ["timestamp"] },
} as const;

export const logs = defineTable(
  "stowage_logs",
  { logId: text(), ...signalColumns(), level: text(), message: text(), data: json().nullable() },
  { key: ["logId"], paths },
);

export const metrics = defineTable(
  "stowage_metrics",
  {
    metricId: text(),
    ...signalColumns(),
    name: text(),
    value: float(),
    labels: json(),
    provider: text().nullable(),
    model: text().nullable(),
    estimatedCost: float().nullable(),
    costUnit: text().nullable(),
    costMetadata: json().nullable(),
  },
  { key: ["metricId"], paths },
);

export const scoreEvents = defineTable(
  "stowage_score_events",
  {
    scoreId: text(),
    ...signalColumns(),
    scorerId: text(),
    scorerName: text().nullable(),
    scorerVersion: text().nullable(),
    scoreSource: text().nullable(),
    score: float(),
    reason: text().nullable(),
    scoreTraceId: text().nullable(),
  },
  { key: ["scoreId"], paths: { ...paths, byScore: { sort: ["score", "timestamp"] } } },
);

export const feedback = defineTable(
  "stowage_feedback",
  {
    feedbackId: text(),
    ...signalColumns(),
    feedbackSource: text().nullable(),
    feedbackType: text(),
    /** A number or a text, as JSON so that the kind is kept. */
    value: json(),
    /** The value where it is a number or says one; aggregates see this. */
    numeric: float().nullable(),
    comment: text().nullable(),
    feedbackUserId: text().nullable(),
    sourceId: text().nullable(),
    reviewStatus: text(),
  },
  { key: ["feedbackId"], paths },
);

export const signalTables = [logs, metrics, scoreEvents, feedback] as const satisfies readonly Table[];
