import type { ListOrderBy } from "../shared/ordering.ts";
import type { PageRequest, PaginationInfo } from "../shared/pagination.ts";
import type { TenancyFilters } from "../shared/tenancy.ts";

/** What a dataset is for. A value of a later release is kept and returned as it is. */
export type TargetType = "agent" | "workflow" | "scorer" | "processor" | (string & {});

/** A JSON Schema. */
export type JSONSchema = Record<string, unknown>;

/**
 * Restricts an operation to records of one tenant. Each given member must equal the record's; a record without one does not
 * match. An absent member is not tested.
 */
export interface DatasetTenancyFilters extends TenancyFilters {}

export interface DatasetRecord {
  id: string;
  name: string;
  description?: string;
  metadata?: Record<string, unknown>;
  /** Enforced on `input` of items. */
  inputSchema?: JSONSchema;
  /** Enforced on `groundTruth` of items. */
  groundTruthSchema?: JSONSchema;
  /** Kept, not enforced. */
  requestContextSchema?: JSONSchema;
  tags?: string[];
  targetType?: TargetType;
  targetIds?: string[];
  scorerIds?: string[];
  organizationId: string | null;
  projectId: string | null;
  candidateKey: string | null;
  candidateId: string | null;
  /** Current item version; 0 at creation. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface CreateDatasetInput {
  /** With an id of the caller the call creates or returns; without one a UUID is made. */
  id?: string | null;
  name: string;
  description?: string | null;
  metadata?: Record<string, unknown> | null;
  inputSchema?: JSONSchema | null;
  groundTruthSchema?: JSONSchema | null;
  requestContextSchema?: JSONSchema | null;
  targetType?: TargetType | null;
  targetIds?: string[] | null;
  scorerIds?: string[] | null;
  organizationId?: string | null;
  projectId?: string | null;
  candidateKey?: string | null;
  candidateId?: string | null;
}

/** `undefined` leaves a property. `null` clears it, or is ignored for `name`, `description` and `metadata`. */
export interface UpdateDatasetInput {
  id: string;
  name?: string | null;
  description?: string | null;
  /** Replaces the stored object. */
  metadata?: Record<string, unknown> | null;
  inputSchema?: JSONSchema | null;
  groundTruthSchema?: JSONSchema | null;
  requestContextSchema?: JSONSchema | null;
  tags?: string[] | null;
  targetType?: TargetType | null;
  targetIds?: string[] | null;
  scorerIds?: string[] | null;
  filters?: DatasetTenancyFilters;
}

export interface ListDatasetsInput {
  pagination?: PageRequest;
  filters?: DatasetTenancyFilters & {
    candidateKey?: string;
    candidateId?: string;
    targetType?: TargetType;
    /** Datasets with at least one of these; an empty list filters nothing. */
    targetIds?: string[];
    /** Literal substring, case-insensitive; `''` filters nothing. */
    name?: string;
  };
  orderBy?: ListOrderBy<"createdAt" | "updatedAt" | "name">;
  /** Goes on after the page that gave this cursor; `page` is then only echoed. */
  after?: string;
}

export interface ListDatasetsOutput {
  datasets: DatasetRecord[];
  pagination: PaginationInfo;
  /** For `after`; absent at the end. */
  nextCursor?: string;
}

/** Where an item came from. */
export interface DatasetItemSource {
  type: "csv" | "json" | "trace" | "llm" | "experiment-result" | "candidate-screener" | (string & {});
  referenceId?: string;
}

/** An answer that stands in for a tool. Opaque to storage. */
export interface DatasetItemToolMock {
  toolName: string;
  args: Record<string, unknown>;
  output: unknown;
  matchArgs?: "strict" | "ignore";
}

/** What a caller gives for an item: plain JSON, nothing that JSON has to convert. */
export interface DatasetItemPayload {
  /** The caller's identity of the item inside the dataset. Immutable. */
  externalId?: string | null;
  input: unknown;
  groundTruth?: unknown;
  expectedTrajectory?: unknown;
  toolMocks?: DatasetItemToolMock[] | null;
  unmockedToolPolicy?: "allow" | "deny" | (string & {}) | null;
  /** Absent: those of the dataset. `[]`: none. */
  scorerIds?: string[] | null;
  requestContext?: Record<string, unknown> | null;
  metadata?: Record<string, unknown> | null;
  source?: DatasetItemSource | null;
}

/**
 * An item as it was at some version. A purged item reads with `null` where fields are otherwise absent, and with
 * `metadata: { __purged: true, purgedAt }`.
 */
export interface DatasetItem {
  id: string;
  datasetId: string;
  /** The dataset version that wrote this row, not the one asked for. */
  datasetVersion: number;
  externalId: string | null;
  organizationId: string | null;
  projectId: string | null;
  input: unknown;
  groundTruth?: unknown;
  expectedTrajectory?: unknown;
  toolMocks?: DatasetItemToolMock[] | null;
  unmockedToolPolicy?: "allow" | "deny" | (string & {}) | null;
  scorerIds?: string[] | null;
  requestContext?: Record<string, unknown> | null;
  metadata?: Record<string, unknown>;
  source?: DatasetItemSource | null;
  /** Of the item, carried through all its rows. */
  createdAt: Date;
  /** Of this row. */
  updatedAt: Date;
}

/** An item row with what makes it a version. */
export interface DatasetItemRow extends DatasetItem {
  /** The dataset version that superseded the row; null while it is open. */
  validTo: number | null;
  /** A tombstone: the item was deleted at this version. */
  isDeleted: boolean;
}

export interface DatasetVersion {
  id: string;
  datasetId: string;
  version: number;
  createdAt: Date;
}

export interface AddDatasetItemInput extends DatasetItemPayload {
  datasetId: string;
  filters?: DatasetTenancyFilters;
}

/** `undefined` leaves a field; anything else replaces it, `null` included. */
export interface UpdateDatasetItemInput extends Partial<Omit<DatasetItemPayload, "externalId">> {
  id: string;
  datasetId: string;
  filters?: DatasetTenancyFilters;
}

export interface BatchInsertItemsInput {
  datasetId: string;
  items: DatasetItemPayload[];
  filters?: DatasetTenancyFilters;
}

export interface BatchDeleteItemsInput {
  datasetId: string;
  itemIds: string[];
  filters?: DatasetTenancyFilters;
}

/** Names one item of one dataset. */
export interface DatasetItemTarget {
  id: string;
  datasetId: string;
  filters?: DatasetTenancyFilters;
}

export interface ListDatasetItemsInput {
  datasetId: string;
  /** The items visible at this version; the current ones when absent. */
  version?: number;
  /** Literal substring of `input` or `groundTruth`, case-insensitive; `''` searches nothing. */
  search?: string;
  pagination?: PageRequest;
  /** Tests the items' own tenancy. */
  filters?: DatasetTenancyFilters;
  orderBy?: ListOrderBy<"createdAt" | "updatedAt">;
}

export interface ListDatasetItemsOutput {
  items: DatasetItem[];
  pagination: PaginationInfo;
}

export interface ListDatasetVersionsInput {
  datasetId: string;
  pagination?: PageRequest;
}

export interface ListDatasetVersionsOutput {
  versions: DatasetVersion[];
  pagination: PaginationInfo;
}
