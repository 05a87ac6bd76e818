import { modifyBy } from "../../engine/modify.ts";
import { get, remove } from "../../engine/operations.ts";
import { isConflict } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import {
  datasetDeletionPending,
  datasetDeletions,
  type ExperimentEffects,
  experimentEffects,
  siblingOffer,
} from "../shared/siblings.ts";
import { isInTenancy, type TenancyFilters } from "../shared/tenancy.ts";
import { datasetScope } from "./change-dataset.ts";
import { datasets, items, versions } from "./tables.ts";

/**
 * Deletes a dataset. One batch removes its row and marks the deletion: from then on dataset, items and versions are gone for
 * every reader and the experiments are detached for every reader. Then the rows go, in bounded batches.
 */
export async function removeDataset(context: DomainContext, id: string, filters: TenancyFilters): Promise<void> {
  const { engine, clock } = context;
  const isGone = await modifyBy(engine, datasetScope(id), async () => {
    const [{ rows }, marks] = await engine.read([
      get(datasets, [[id]], ["organizationId", "projectId"]),
      datasetDeletions.among([id]),
    ]);
    const row = rows[0];
    if (!row) return { result: marks.rows[0] !== undefined };
    if (!isInTenancy(row, filters)) return { result: false };
    // Item mutations move the revision all the time; the tenancy can only have changed with the record itself.
    const isScoped = Object.keys(filters).length > 0;
    const gone = remove(datasets, [id], isScoped ? { rev: row._rev } : "exists");
    return { write: [gone, datasetDeletions.mark(id, clock.now())], result: true };
  });
  if (isGone) await finishRemoval(context, id);
}

/** Carries a deletion that was begun to its end; whoever creates the id again does so first. */
export async function finishRemoval(context: DomainContext, id: string): Promise<void> {
  const effects = siblingOffer<ExperimentEffects>(context, "experiments", experimentEffects);
  try {
    await effects?.detachFrom(id, datasetDeletionPending(id));
  } catch (error) {
    // Somebody else has finished it.
    if (isConflict(error)) return;
    throw error;
  }
  await datasetDeletions.finish(context.engine, id, [
    { table: items, path: "ofDataset", eq: { datasetId: id } },
    { table: versions, path: "ofDataset", eq: { datasetId: id } },
  ]);
}
