import type { StoredRow } from "../../engine/table.ts";
import { storedJson } from "../shared/stored-json.ts";
import { datasets, items, type versions } from "./tables.ts";
import type { DatasetItem, DatasetItemRow, DatasetRecord, DatasetVersion } from "./types.ts";

export type StoredDataset = StoredRow<typeof datasets>;
export type StoredItem = StoredRow<typeof items>;
export type StoredVersion = StoredRow<typeof versions>;

const datasetJson = [
  "metadata",
  "inputSchema",
  "groundTruthSchema",
  "requestContextSchema",
  "tags",
  "targetIds",
  "scorerIds",
] as const;

export function toDataset(row: Omit<StoredDataset, "_rev">): DatasetRecord {
  const record: Record<string, unknown> = {
    id: row.id,
    name: row.name,
    organizationId: row.organizationId,
    projectId: row.projectId,
    candidateKey: row.candidateKey,
    candidateId: row.candidateId,
    version: row.version,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
  if (row.description !== null) record.description = row.description;
  if (row.targetType !== null) record.targetType = row.targetType;
  for (const column of datasetJson) {
    const value = storedJson(datasets, row, column);
    if (value !== undefined) record[column] = value;
  }
  return record as unknown as DatasetRecord;
}

/** The JSON columns of an item that hold what its caller gave. */
export const itemJson = [
  "input",
  "groundTruth",
  "expectedTrajectory",
  "toolMocks",
  "scorerIds",
  "requestContext",
  "metadata",
  "source",
] as const;

export function toItem(row: Omit<StoredItem, "_rev">): DatasetItem {
  const item: Record<string, unknown> = {
    id: row.id,
    datasetId: row.datasetId,
    datasetVersion: row.datasetVersion,
    externalId: row.externalId,
    organizationId: row.organizationId,
    projectId: row.projectId,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
  for (const column of itemJson) {
    const value = storedJson(items, row, column);
    if (value !== undefined) item[column] = value;
    else if (row.purgedAt !== null) item[column] = null;
  }
  if (row.unmockedToolPolicy !== null || row.purgedAt !== null) item.unmockedToolPolicy = row.unmockedToolPolicy;
  return item as unknown as DatasetItem;
}

export function toItemRow(row: Omit<StoredItem, "_rev">): DatasetItemRow {
  return { ...toItem(row), validTo: row.validTo, isDeleted: row.isDeleted };
}

export const toVersion = ({ id, datasetId, version, createdAt }: Omit<StoredVersion, "_rev">): DatasetVersion => ({
  id,
  datasetId,
  version,
  createdAt: new Date(createdAt),
});
