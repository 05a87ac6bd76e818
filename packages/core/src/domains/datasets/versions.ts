import { check, get, insert } from "../../engine/operations.ts";
import { isConflict, StorageError } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { readListPageBeside } from "../shared/listing.ts";
import { type CheckedPage, pageInfo } from "../shared/pagination.ts";
import { datasetNotFound } from "./errors.ts";
import { type StoredVersion, toVersion } from "./records.ts";
import { datasets, versions } from "./tables.ts";
import type { DatasetVersion, ListDatasetVersionsOutput } from "./types.ts";

/** The recorded versions of a dataset, newest first. */
export async function listVersions(
  { engine }: DomainContext,
  datasetId: string,
  page: CheckedPage,
): Promise<ListDatasetVersionsOutput> {
  const { listed, beside } = await readListPageBeside(
    engine,
    [get(datasets, [[datasetId]], ["version"])],
    versions,
    { path: "ofDataset", eq: { datasetId }, direction: "desc" },
    page,
  );
  if (!beside[0].rows[0]) return { versions: [], pagination: pageInfo(page, 0, 0) };
  return {
    versions: listed.rows.map((row) => toVersion(row as StoredVersion)),
    pagination: pageInfo(page, listed.rows.length, listed.total),
  };
}

/** Records a version without touching the dataset's own. */
export async function recordVersion(
  { engine, clock }: DomainContext,
  datasetId: string,
  version: number,
): Promise<DatasetVersion> {
  const row = { id: clock.id(), datasetId, version, createdAt: clock.now() };
  try {
    await engine.write([check(datasets, [datasetId], "exists"), insert(versions, row)]);
    return toVersion(row);
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw error.refusal.table === datasets.name ? datasetNotFound(datasetId) : taken(datasetId, version);
  }
}

const taken = (datasetId: string, version: number) =>
  new StorageError(`version ${version} of dataset ${datasetId} is recorded already`, {
    code: "already_exists",
    id: "DATASET_VERSION_CONFLICT",
    details: { datasetId, version },
  });
