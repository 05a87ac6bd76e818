import type { Engine } from "../../engine/engine.ts";
import { modifyBy } from "../../engine/modify.ts";
import { check, get, remove } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { Deletions } from "../shared/deletions.ts";
import { isInTenancy, type TenancyFilters } from "../shared/tenancy.ts";
import { experiments, results } from "./tables.ts";

/**
 * Runs whose results are being removed, with the run or without it. While such a mark stands, no reader sees a result of the
 * run, and whoever wants to add one, or to create the run again, carries the removal to its end first.
 */
export const resultRemovals = new Deletions("experiments", "results");

/** Removes what a mark says has to go, then the mark. */
export const finishRemoval = (engine: Engine, experimentId: string): Promise<void> =>
  resultRemovals.finish(engine, experimentId, [{ table: results, path: "byStartedAt", eq: { experimentId } }]);

/**
 * Removes the results of a run, and with `whole` the run too. One batch makes all of it invisible; the rows go in bounded
 * batches after it.
 */
export async function removeResults(
  { engine, clock }: DomainContext,
  id: string,
  filters: TenancyFilters,
  whole: boolean,
): Promise<void> {
  const isMarked = await modifyBy(engine, `${experiments.name}/${id}`, async () => {
    const [{ rows }, marks] = await engine.read([
      get(experiments, [[id]], ["organizationId", "projectId"]),
      resultRemovals.among([id]),
    ]);
    const row = rows[0];
    // A removal that was interrupted: this call may as well finish it.
    if (!row) return { result: marks.rows[0] !== undefined };
    if (!isInTenancy(row, filters)) return { result: false };
    // Progress updates move the revision; the tenancy can only have changed with the record itself.
    const expect = Object.keys(filters).length > 0 ? { rev: row._rev } : "exists";
    const gone = whole ? remove(experiments, [id], expect) : check(experiments, [id], expect);
    return { write: [gone, resultRemovals.mark(id, clock.now())], result: true };
  });
  if (isMarked) await finishRemoval(engine, id);
}
