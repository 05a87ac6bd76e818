import { find, get, patch, type WriteOp } from "../../engine/operations.ts";
import { keyOf } from "../../engine/table.ts";
import { isConflict } from "../../errors.ts";
import { cutAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { readPage, walkPages } from "../shared/pages.ts";
import type { ExperimentEffects } from "../shared/siblings.ts";
import { purgedResult } from "./records.ts";
import { experiments, results } from "./tables.ts";

/** What `datasets` of the same storage object does in experiments. */
export const effectsOf = ({ engine }: DomainContext): ExperimentEffects => ({
  async detachFrom(datasetId, guard) {
    const limit = Math.min(500, engine.capabilities.atomicLimit.records - 1);
    const walk = find(experiments, {
      path: "ofDatasetByCreatedAt",
      eq: { datasetId },
      limit,
      columns: experiments.key,
    });
    for (;;) {
      const { rows } = await readPage(engine, walk);
      if (rows.length === 0) return;
      const set = { datasetId: null, datasetVersion: null };
      const ops = rows.map((row) => patch(experiments, keyOf(experiments, row), { set, expect: { rev: row._rev } }));
      try {
        for (const run of cutAtomically(ops, engine.capabilities, 1)) await engine.write([guard, ...run]);
      } catch (error) {
        // A run that made progress is read again; when the guard refused, somebody else has finished.
        if (!isConflict(error) || error.refusal.table !== experiments.name) throw error;
      }
    }
  },

  async redactResults(datasetId, itemId, purgedAt) {
    const set = purgedResult(purgedAt);
    const walk = find(results, {
      path: "ofItem",
      eq: { itemId },
      filter: { op: "isNull", column: "purgedAt" },
      columns: ["id", "experimentId"],
    });
    for await (const rows of walkPages(engine, walk, 500)) {
      if (rows.length === 0) continue;
      const runs = [...new Set(rows.map(({ experimentId }) => experimentId))];
      const [{ rows: found }] = await engine.read([
        get(
          experiments,
          runs.map((id) => [id]),
          ["id", "datasetId"],
        ),
      ]);
      const ofDataset = new Set(found.flatMap((run) => (run?.datasetId === datasetId ? [run.id] : [])));
      const ops: WriteOp[] = rows
        .filter(({ experimentId }) => ofDataset.has(experimentId))
        .map(({ id }) => patch(results, [id], { set }));
      for (const run of cutAtomically(ops, engine.capabilities)) await engine.write(run);
    }
  },
});
