import type { StoredRow } from "../../engine/table.ts";
import { purgeMetadata } from "../shared/purge-mark.ts";
import { storedJson } from "../shared/stored-json.ts";
import { experiments, results } from "./tables.ts";
import type { Experiment, ExperimentResult } from "./types.ts";

export type StoredExperiment = StoredRow<typeof experiments>;
export type StoredResult = StoredRow<typeof results>;

/** A run; `isDetached` while its dataset is being deleted. */
export function toExperiment(row: Omit<StoredExperiment, "_rev">, isDetached = false): Experiment {
  const metadata = storedJson(experiments, row, "metadata") as Record<string, unknown> | undefined;
  return {
    id: row.id,
    ...(row.name !== null && { name: row.name }),
    ...(row.description !== null && { description: row.description }),
    ...(metadata !== undefined && { metadata }),
    provenance: orNull(storedJson(experiments, row, "provenance")),
    runnerAttestation: orNull(storedJson(experiments, row, "runnerAttestation")),
    experimentSetId: row.experimentSetId,
    comparisonId: row.comparisonId,
    variantId: row.variantId,
    trialIndex: row.trialIndex,
    datasetId: isDetached ? null : row.datasetId,
    datasetVersion: isDetached ? null : row.datasetVersion,
    targetType: row.targetType,
    targetId: row.targetId,
    scorerIds: orNull(storedJson(experiments, row, "scorerIds")),
    status: row.status,
    totalItems: row.totalItems,
    succeededCount: row.succeededCount,
    failedCount: row.failedCount,
    skippedCount: row.skippedCount,
    agentVersion: row.agentVersion,
    organizationId: row.organizationId,
    projectId: row.projectId,
    startedAt: toDate(row.startedAt),
    completedAt: toDate(row.completedAt),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
}

export const toResult = (row: Omit<StoredResult, "_rev">): ExperimentResult => ({
  id: row.id,
  experimentId: row.experimentId,
  itemId: row.itemId,
  itemDatasetVersion: row.itemDatasetVersion,
  input: storedJson(results, row, "input"),
  output: orNull(storedJson(results, row, "output")),
  groundTruth: orNull(storedJson(results, row, "groundTruth")),
  metadata: orNull(storedJson(results, row, "metadata")),
  error: orNull(storedJson(results, row, "error")),
  startedAt: new Date(row.startedAt),
  completedAt: new Date(row.completedAt),
  retryCount: row.retryCount,
  attempt: row.attempt,
  traceId: row.traceId,
  status: row.status,
  tags: orNull(storedJson(results, row, "tags")),
  comment: row.comment,
  toolMockReport: orNull(storedJson(results, row, "toolMockReport")),
  organizationId: row.organizationId,
  projectId: row.projectId,
  createdAt: new Date(row.createdAt),
});

/** What a purge leaves of the content of a result. */
export const purgedResult = (purgedAt: number) => ({
  input: "null",
  output: null,
  groundTruth: null,
  error: null,
  toolMockReport: null,
  tags: null,
  comment: null,
  metadata: purgeMetadata(purgedAt),
  purgedAt,
});

const toDate = (time: number | null) => (time === null ? null : new Date(time));

const orNull = <Value>(value: unknown): Value | null => (value === undefined ? null : (value as Value));
