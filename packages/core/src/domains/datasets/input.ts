import { checkKeyText } from "../../engine/keys.ts";
import type { Row } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import { isGiven, objectColumn, pathTextColumn, textColumn, textsColumn } from "../shared/columns.ts";
import { datasets } from "./tables.ts";
import type { CreateDatasetInput, UpdateDatasetInput } from "./types.ts";

type Columns = Row<typeof datasets>;

/** The columns of a dataset that its caller gives at creation, or changes later. */
type GivenColumns = Omit<Columns, "id" | "version" | "reservation" | "createdAt" | "updatedAt">;

export function encodeDataset(input: CreateDatasetInput): GivenColumns {
  return {
    name: requireText(input.name, "name"),
    description: textColumn(input.description, "description"),
    metadata: objectColumn(input.metadata, "metadata"),
    inputSchema: objectColumn(input.inputSchema, "inputSchema"),
    groundTruthSchema: objectColumn(input.groundTruthSchema, "groundTruthSchema"),
    requestContextSchema: objectColumn(input.requestContextSchema, "requestContextSchema"),
    tags: null,
    targetType: textColumn(input.targetType, "targetType"),
    targetIds: textsColumn(input.targetIds, "targetIds"),
    scorerIds: textsColumn(input.scorerIds, "scorerIds"),
    organizationId: pathTextColumn(datasets, input.organizationId, "organizationId"),
    projectId: pathTextColumn(datasets, input.projectId, "projectId"),
    candidateKey: pathTextColumn(datasets, input.candidateKey, "candidateKey"),
    candidateId: pathTextColumn(datasets, input.candidateId, "candidateId"),
  };
}

/** The columns an update changes: `undefined` leaves, and so does `null` where it cannot clear. */
export function encodeDatasetChange(input: UpdateDatasetInput): Partial<GivenColumns> {
  const change: Partial<GivenColumns> = {};
  if (isGiven(input.name)) change.name = requireText(input.name, "name");
  if (isGiven(input.description)) change.description = textColumn(input.description, "description");
  if (isGiven(input.metadata)) change.metadata = objectColumn(input.metadata, "metadata");
  if (input.inputSchema !== undefined) change.inputSchema = objectColumn(input.inputSchema, "inputSchema");
  if (input.groundTruthSchema !== undefined) {
    change.groundTruthSchema = objectColumn(input.groundTruthSchema, "groundTruthSchema");
  }
  if (input.requestContextSchema !== undefined) {
    change.requestContextSchema = objectColumn(input.requestContextSchema, "requestContextSchema");
  }
  if (input.tags !== undefined) change.tags = textsColumn(input.tags, "tags");
  if (input.targetType !== undefined) change.targetType = textColumn(input.targetType, "targetType");
  if (input.targetIds !== undefined) change.targetIds = textsColumn(input.targetIds, "targetIds");
  if (input.scorerIds !== undefined) change.scorerIds = textsColumn(input.scorerIds, "scorerIds");
  return change;
}

/** A string that a path sorts by or looks up. */
function requireText(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  checkKeyText(datasets, path, value);
  return value;
}
