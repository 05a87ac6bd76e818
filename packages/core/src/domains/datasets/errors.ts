import { invalid, notFound, StorageError } from "../../errors.ts";

/** One thing that a value has against its schema. */
export interface SchemaIssue {
  /** JSON pointer to the place; `/` for the whole value. */
  path: string;
  /** The schema keyword that failed, for instance `type` or `required`. */
  code: string;
  /** Text for people. */
  message: string;
}

/** The payload field a schema is for. */
export type ValidatedField = "input" | "groundTruth";

/** A payload does not satisfy the schema of its dataset. Recognised by its `name`. */
export class SchemaValidationError extends StorageError {
  readonly field: ValidatedField;
  /** At most five. */
  readonly errors: SchemaIssue[];

  constructor(field: ValidatedField, errors: SchemaIssue[], details: Record<string, string | number> = {}) {
    super(`Validation failed for ${field}: ${summary(errors)}`, {
      code: "invalid_argument",
      id: "DATASET_SCHEMA_VALIDATION_FAILED",
      details: { ...details, field },
    });
    this.name = "SchemaValidationError";
    this.field = field;
    this.errors = errors;
  }
}

/** A current item that would not satisfy the schemas an update asks for. */
export interface FailingItem {
  /** Position among the current items in their default order. */
  index: number;
  data: { input: unknown; groundTruth: unknown };
  field: ValidatedField;
  errors: SchemaIssue[];
}

/** Items of the dataset do not satisfy the new schemas; nothing was changed. Recognised by its `name`. */
export class SchemaUpdateValidationError extends StorageError {
  /** At most ten. */
  readonly failingItems: FailingItem[];

  constructor(failingItems: FailingItem[], details: Record<string, string | number> = {}) {
    super("Cannot update the schema: existing items do not satisfy it", {
      code: "invalid_argument",
      id: "DATASET_SCHEMA_UPDATE_FAILED",
      details: { ...details, failingItems: failingItems.length },
    });
    this.name = "SchemaUpdateValidationError";
    this.failingItems = failingItems;
  }
}

/** A schema has a regular expression that cannot run in linear time. */
export class DatasetSchemaPatternError extends StorageError {
  readonly pattern: string;

  constructor(pattern: string, reason: string, cause?: unknown) {
    super(`the schema has a pattern that is not supported: ${reason}`, {
      code: "invalid_argument",
      id: "DATASET_SCHEMA_PATTERN_UNSUPPORTED",
      details: { reason },
      cause,
    });
    this.name = "DatasetSchemaPatternError";
    this.pattern = pattern;
  }
}

export const unsupportedPattern = (pattern: string, reason: string, cause?: unknown) =>
  new DatasetSchemaPatternError(pattern, reason, cause);

/** A schema that is none, or that uses what cannot be resolved inside it. `path` is a JSON pointer into the schema. */
export const invalidSchema = (reason: string, path: string) =>
  invalid(
    `the schema cannot be used: ${reason} at ${path || "/"}`,
    "INVALID_SCHEMA",
    { path: path || "/" },
    "DATASET_SCHEMA_INVALID",
  );

/** Why the external id of an item was refused. */
export interface DatasetItemIdentityConflict {
  /** Position in the batch. */
  index: number;
  externalId: string;
  existingItemId: string;
  reason: "payload_mismatch" | "deleted";
}

/** External ids of a batch are taken by items with other payloads, or by deleted ones; nothing was written. */
export class DatasetItemIdentityConflictError extends StorageError {
  readonly conflicts: DatasetItemIdentityConflict[];

  constructor(datasetId: string, conflicts: DatasetItemIdentityConflict[]) {
    super("external ids of the batch belong to items that it does not repeat", {
      code: "conflict",
      id: "DATASET_ITEM_IDENTITY_CONFLICT",
      details: { datasetId, conflicts: conflicts.length, externalId: conflicts[0]?.externalId ?? null },
    });
    this.name = "DatasetItemIdentityConflictError";
    this.conflicts = conflicts;
  }
}

export const datasetNotFound = (datasetId: string) =>
  notFound(`Dataset not found: ${datasetId}`, { datasetId }, "DATASET_NOT_FOUND");

export const itemNotFound = (datasetId: string, itemId: string) =>
  notFound(`Item not found: ${itemId}`, { datasetId, itemId }, "DATASET_ITEM_NOT_FOUND");

export const itemElsewhere = (datasetId: string, itemId: string) =>
  invalid(
    `Item ${itemId} does not belong to dataset ${datasetId}`,
    "DATASET_MISMATCH",
    { datasetId, itemId },
    "DATASET_ITEM_DATASET_MISMATCH",
  );

export const itemPurged = (datasetId: string, itemId: string) =>
  invalid(`Item ${itemId} was purged and cannot be changed`, "PURGED", { datasetId, itemId }, "DATASET_ITEM_PURGED");

const summary = (errors: readonly SchemaIssue[]) => errors.map(({ path, message }) => `${path} ${message}`).join("; ");
