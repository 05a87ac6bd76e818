import { checkKeyText } from "../../engine/keys.ts";
import type { Row } from "../../engine/table.ts";
import {
  countColumn,
  isGiven,
  jsonColumn,
  objectColumn,
  pathTextColumn,
  textColumn,
  textsColumn,
} from "../shared/columns.ts";
import { requireId, toInstant } from "../shared/values.ts";
import { experiments, results } from "./tables.ts";
import type { AddExperimentResultInput, CreateExperimentInput, UpdateExperimentInput } from "./types.ts";

type ExperimentColumns = Omit<Row<typeof experiments>, "id" | "createdAt" | "updatedAt">;
/** A result without what the store decides: its id, its creation, its review comment. */
export type ResultColumns = Omit<Row<typeof results>, "id" | "comment" | "createdAt" | "purgedAt">;

export function encodeExperiment(input: CreateExperimentInput): ExperimentColumns {
  return {
    name: textColumn(input.name, "name"),
    description: textColumn(input.description, "description"),
    metadata: objectColumn(input.metadata, "metadata"),
    provenance: objectColumn(input.provenance, "provenance"),
    runnerAttestation: objectColumn(input.runnerAttestation, "runnerAttestation"),
    experimentSetId: pathTextColumn(experiments, input.experimentSetId, "experimentSetId"),
    comparisonId: pathTextColumn(experiments, input.comparisonId, "comparisonId"),
    variantId: textColumn(input.variantId, "variantId"),
    trialIndex: countColumn(input.trialIndex, "trialIndex"),
    datasetId: pathTextColumn(experiments, input.datasetId, "datasetId"),
    datasetVersion: countColumn(input.datasetVersion, "datasetVersion"),
    targetType: pathTextColumn(experiments, input.targetType, "targetType"),
    targetId: pathTextColumn(experiments, input.targetId, "targetId"),
    scorerIds: textsColumn(input.scorerIds, "scorerIds"),
    status: "pending",
    totalItems: countColumn(input.totalItems, "totalItems") ?? 0,
    succeededCount: 0,
    failedCount: 0,
    skippedCount: 0,
    agentVersion: textColumn(input.agentVersion, "agentVersion"),
    organizationId: pathTextColumn(experiments, input.organizationId, "organizationId"),
    projectId: pathTextColumn(experiments, input.projectId, "projectId"),
    startedAt: null,
    completedAt: null,
  };
}

/** The columns that an update changes: `undefined` and `null` leave. */
export function encodeExperimentChange(input: UpdateExperimentInput): Partial<ExperimentColumns> {
  const change: Partial<ExperimentColumns> = {};
  if (isGiven(input.name)) change.name = textColumn(input.name, "name");
  if (isGiven(input.description)) change.description = textColumn(input.description, "description");
  if (isGiven(input.metadata)) change.metadata = objectColumn(input.metadata, "metadata");
  if (isGiven(input.status)) change.status = pathTextColumn(experiments, input.status, "status") as string;
  for (const name of ["totalItems", "succeededCount", "failedCount", "skippedCount"] as const) {
    if (isGiven(input[name])) change[name] = countColumn(input[name], name) as number;
  }
  for (const name of ["startedAt", "completedAt"] as const) {
    if (isGiven(input[name])) change[name] = toInstant(input[name], name).getTime();
  }
  return change;
}

/** A result without what the store decides: its id, its creation, its review comment. */
export function encodeResult(input: Omit<AddExperimentResultInput, "id">): ResultColumns {
  const itemId = requireId(input.itemId, "itemId");
  checkKeyText(results, "itemId", itemId);
  const status = pathTextColumn(results, input.status, "status");
  return {
    experimentId: input.experimentId,
    itemId,
    itemDatasetVersion: countColumn(input.itemDatasetVersion, "itemDatasetVersion"),
    input: jsonColumn(input.input) ?? "null",
    output: jsonColumn(input.output),
    groundTruth: jsonColumn(input.groundTruth),
    metadata: objectColumn(input.metadata, "metadata"),
    error: objectColumn(input.error, "error"),
    startedAt: toInstant(input.startedAt, "startedAt").getTime(),
    completedAt: toInstant(input.completedAt, "completedAt").getTime(),
    retryCount: countColumn(input.retryCount, "retryCount") ?? 0,
    attempt: countColumn(input.attempt, "attempt") ?? 0,
    traceId: pathTextColumn(results, input.traceId, "traceId"),
    status,
    reviewState: status ?? "",
    tags: textsColumn(input.tags, "tags"),
    toolMockReport: objectColumn(input.toolMockReport, "toolMockReport"),
    organizationId: textColumn(input.organizationId, "organizationId"),
    projectId: textColumn(input.projectId, "projectId"),
  };
}
