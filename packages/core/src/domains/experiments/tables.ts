import { integer, json, text, timestamp } from "../../engine/column.ts";
import { defineTable, type Table } from "../../engine/table.ts";
import { deletions } from "../shared/deletions.ts";
import { adoptedPurge } from "../shared/purge-mark.ts";

export const experiments = defineTable(
  "mastra_experiments",
  {
    id: text(),
    name: text().nullable(),
    description: text().nullable(),
    metadata: json<Record<string, unknown>>().nullable(),
    provenance: json().nullable(),
    runnerAttestation: json().nullable(),
    experimentSetId: text().nullable(),
    comparisonId: text().nullable(),
    variantId: text().nullable(),
    trialIndex: integer().nullable(),
    datasetId: text().nullable(),
    datasetVersion: integer().nullable(),
    targetType: text().nullable(),
    targetId: text().nullable(),
    scorerIds: json<string[]>().nullable(),
    status: text(),
    totalItems: integer(),
    succeededCount: integer(),
    failedCount: integer(),
    skippedCount: integer(),
    agentVersion: text().nullable(),
    organizationId: text().nullable(),
    projectId: text().nullable(),
    startedAt: timestamp().nullable(),
    completedAt: timestamp().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  },
  {
    key: ["id"],
    paths: {
      byCreatedAt: { sort: ["createdAt"] },
      byStatus: { sort: ["status"] },
      ofDatasetByCreatedAt: { eq: ["datasetId"], sort: ["createdAt"] },
      ofDatasetByStatus: { eq: ["datasetId"], sort: ["status"] },
      ofTargetByCreatedAt: { eq: ["targetType", "targetId"], sort: ["createdAt"] },
      ofSetByCreatedAt: { eq: ["experimentSetId"], sort: ["createdAt"] },
      ofComparisonByCreatedAt: { eq: ["experimentSetId", "comparisonId"], sort: ["createdAt"] },
      ofOrganizationByCreatedAt: { eq: ["organizationId"], sort: ["createdAt"] },
      ofProjectByCreatedAt: { eq: ["organizationId", "projectId"], sort: ["createdAt"] },
      ofStatusByCreatedAt: { eq: ["status"], sort: ["createdAt"] },
      byCompletedAt: { sort: ["completedAt"], onDemand: true },
    },
  },
);

export const results = defineTable(
  "mastra_experiment_results",
  {
    id: text(),
    experimentId: text(),
    itemId: text(),
    itemDatasetVersion: integer().nullable(),
    input: json(),
    output: json().nullable(),
    groundTruth: json().nullable(),
    metadata: json<Record<string, unknown>>().nullable(),
    error: json().nullable(),
    startedAt: timestamp(),
    completedAt: timestamp(),
    retryCount: integer(),
    attempt: integer(),
    traceId: text().nullable(),
    status: text().nullable(),
    /** `status`, or the empty text without one: what can be grouped in an index where a null cannot. */
    reviewState: text(),
    tags: json<string[]>().nullable(),
    comment: text().nullable(),
    toolMockReport: json().nullable(),
    organizationId: text().nullable(),
    projectId: text().nullable(),
    /** When the content was erased; null for a result that has its content. */
    purgedAt: timestamp().nullable(),
    createdAt: timestamp(),
  },
  {
    key: ["id"],
    unique: { attempt: ["experimentId", "itemId", "attempt"] },
    paths: {
      byStartedAt: { eq: ["experimentId"], sort: ["startedAt"] },
      byCreatedAt: { eq: ["experimentId"], sort: ["createdAt"] },
      ofTraceByStartedAt: { eq: ["experimentId", "traceId"], sort: ["startedAt"] },
      ofAttempt: { eq: ["experimentId", "itemId", "attempt"] },
      ofItem: { eq: ["itemId"] },
      byReviewState: { sort: ["experimentId", "reviewState"] },
    },
    adopt: ({ status, input, metadata }) => ({
      reviewState: status ?? "",
      purgedAt: input === "null" ? adoptedPurge(metadata) : null,
    }),
  },
);

export const experimentsTables: readonly Table[] = [experiments, results, deletions];
