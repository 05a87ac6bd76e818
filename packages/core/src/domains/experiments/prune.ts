import { count, find, remove, type WriteOp } from "../../engine/operations.ts";
import { isConflict } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { readPage, walkPages } from "../shared/pages.ts";
import {
  batchSizeOf,
  type PruneOptions,
  type PruneResult,
  pruneTable,
  type TableRetentionPolicy,
} from "../shared/retention.ts";
import { finishRemoval, resultRemovals } from "./removal.ts";
import { experiments, results } from "./tables.ts";

/** Removes runs that were completed before the cutoff, each with all its results. Bounds count runs. */
export async function pruneRuns(
  context: DomainContext,
  policy: TableRetentionPolicy,
  options: PruneOptions,
): Promise<PruneResult[]> {
  const { engine, clock } = context;
  let resultsDeleted = 0;
  const older = (cutoff: number) => ({
    path: "byCompletedAt" as const,
    range: { upper: { at: [cutoff], inclusive: false } },
  });

  const countResults = async (ids: readonly string[]) => {
    const counts = await engine.read(
      ids.map((id) => count(results, { path: "byStartedAt", eq: { experimentId: id } })),
    );
    return counts.reduce((sum, { count: one }) => sum + one, 0);
  };

  const removeBatch = async (cutoff: number, limit: number) => {
    let removed = 0;
    while (removed < limit) {
      // Two operations a run go into one batch.
      const most = Math.min(limit - removed, Math.floor(engine.capabilities.atomicLimit.records / 2));
      const { rows } = await readPage(engine, find(experiments, { ...older(cutoff), limit: most, columns: ["id"] }));
      if (rows.length === 0) break;
      const ids = rows.map(({ id }) => id);
      const counted = await countResults(ids);
      const ops = rows.flatMap((row): WriteOp[] => [
        // A run that is taken up again meanwhile is not old any more.
        remove(experiments, [row.id], { rev: row._rev }),
        resultRemovals.mark(row.id, clock.now()),
      ]);
      try {
        await engine.write(ops);
      } catch (error) {
        if (isConflict(error)) continue;
        throw error;
      }
      removed += ids.length;
      for (const id of ids) await finishRemoval(engine, id);
      resultsDeleted += counted;
    }
    return removed;
  };
  const countOlder = async (cutoff: number) => {
    const { maxRows = Number.POSITIVE_INFINITY, maxBatches = Number.POSITIVE_INFINITY } = options;
    const most = Math.min(maxRows, maxBatches * batchSizeOf(policy));
    let total = 0;
    for await (const rows of walkPages(engine, find(experiments, { ...older(cutoff), columns: ["id"] }), 200)) {
      resultsDeleted += await countResults(rows.slice(0, Math.max(0, most - total)).map(({ id }) => id));
      total += rows.length;
    }
    return total;
  };

  const runs = await pruneTable("experiments", experiments.name, policy, options, removeBatch, clock.now(), countOlder);
  return [{ ...runs, table: results.name, deleted: resultsDeleted }, runs];
}
