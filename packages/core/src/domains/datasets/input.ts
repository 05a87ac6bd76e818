import { encodeJson } from "../../engine/json.ts";
import { checkKeyText } from "../../engine/keys.ts";
import type { Row } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import { isKeyText } from "../shared/key-text.ts";
import { lookupId, optionalObject } from "../shared/values.ts";
import { datasets } from "./tables.ts";
import type { CreateDatasetInput, UpdateDatasetInput } from "./types.ts";

type Columns = Row<typeof datasets>;

/** The columns of a dataset that its caller gives at creation, or changes later. */
type GivenColumns = Omit<Columns, "id" | "version" | "reservation" | "createdAt" | "updatedAt">;

export function encodeDataset(input: CreateDatasetInput): GivenColumns {
  return {
    name: requireText(input.name, "name"),
    description: textOrNull(input.description, "description"),
    metadata: objectOrNull(input.metadata, "metadata"),
    inputSchema: objectOrNull(input.inputSchema, "inputSchema"),
    groundTruthSchema: objectOrNull(input.groundTruthSchema, "groundTruthSchema"),
    requestContextSchema: objectOrNull(input.requestContextSchema, "requestContextSchema"),
    tags: null,
    targetType: textOrNull(input.targetType, "targetType"),
    targetIds: textsOrNull(input.targetIds, "targetIds"),
    scorerIds: textsOrNull(input.scorerIds, "scorerIds"),
    organizationId: keyTextOrNull(input.organizationId, "organizationId"),
    projectId: keyTextOrNull(input.projectId, "projectId"),
    candidateKey: keyTextOrNull(input.candidateKey, "candidateKey"),
    candidateId: keyTextOrNull(input.candidateId, "candidateId"),
  };
}

/** The columns an update changes: `undefined` leaves, and so does `null` where it cannot clear. */
export function encodeDatasetChange(input: UpdateDatasetInput): Partial<GivenColumns> {
  const change: Partial<GivenColumns> = {};
  if (isGiven(input.name)) change.name = requireText(input.name, "name");
  if (isGiven(input.description)) change.description = textOrNull(input.description, "description");
  if (isGiven(input.metadata)) change.metadata = objectOrNull(input.metadata, "metadata");
  if (input.inputSchema !== undefined) change.inputSchema = objectOrNull(input.inputSchema, "inputSchema");
  if (input.groundTruthSchema !== undefined) {
    change.groundTruthSchema = objectOrNull(input.groundTruthSchema, "groundTruthSchema");
  }
  if (input.requestContextSchema !== undefined) {
    change.requestContextSchema = objectOrNull(input.requestContextSchema, "requestContextSchema");
  }
  if (input.tags !== undefined) change.tags = textsOrNull(input.tags, "tags");
  if (input.targetType !== undefined) change.targetType = textOrNull(input.targetType, "targetType");
  if (input.targetIds !== undefined) change.targetIds = textsOrNull(input.targetIds, "targetIds");
  if (input.scorerIds !== undefined) change.scorerIds = textsOrNull(input.scorerIds, "scorerIds");
  return change;
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

/** A string that a path sorts by or looks up. */
function requireText(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  checkKeyText(datasets, path, value);
  return value;
}

const keyTextOrNull = (value: unknown, path: string) => (isGiven(value) ? requireText(value, path) : null);

function textOrNull(value: unknown, path: string): string | null {
  if (!isGiven(value)) return null;
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  return value;
}

function objectOrNull(value: unknown, path: string): string | null {
  const object = optionalObject(value, path);
  return object ? (encodeJson(object) as string) : null;
}

function textsOrNull(value: unknown, path: string): string | null {
  if (!isGiven(value)) return null;
  if (!Array.isArray(value) || !value.every((member) => typeof member === "string")) {
    throw invalid(`${path} must be an array of strings`, "INVALID_INPUT", { path });
  }
  return JSON.stringify(value);
}

/** An id to look up by; `undefined` for one that nothing can have. */
export function findableId(value: unknown, path: string): string | undefined {
  const id = lookupId(value, path);
  return id !== undefined && isKeyText(id) ? id : undefined;
}
