import { modifyBy } from "../../engine/modify.ts";
import { get, insert, patch } from "../../engine/operations.ts";
import { StorageError } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { readListPageBeside } from "../shared/listing.ts";
import { type CheckedPage, pageInfo } from "../shared/pagination.ts";
import { datasetScope, isVersionRecorded } from "./change-dataset.ts";
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
export function recordVersion(context: DomainContext, datasetId: string, version: number): Promise<DatasetVersion> {
  const { engine, clock } = context;
  return modifyBy(engine, datasetScope(datasetId), async (tries) => {
    const [{ rows }] = await engine.read([get(datasets, [[datasetId]], ["version"])]);
    const dataset = rows[0];
    if (!dataset) throw datasetNotFound(datasetId);
    if (tries > 0 && (await isVersionRecorded(context, datasetId, version))) throw taken(datasetId, version);
    const row = { id: clock.id(), datasetId, version, createdAt: clock.now() };
    // The dataset's revision moves, so that a deletion under way cannot leave this row behind.
    const touch = patch(datasets, [datasetId], { set: { version: dataset.version }, expect: { rev: dataset._rev } });
    return { write: [touch, insert(versions, row)], result: toVersion(row) };
  });
}

const taken = (datasetId: string, version: number) =>
  new StorageError(`version ${version} of dataset ${datasetId} is recorded already`, {
    code: "already_exists",
    id: "DATASET_VERSION_CONFLICT",
    details: { datasetId, version },
  });
