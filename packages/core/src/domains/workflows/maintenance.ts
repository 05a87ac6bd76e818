import { count, find, remove, type WriteOp } from "../../engine/operations.ts";
import { keyOf } from "../../engine/table.ts";
import { isConflict } from "../../errors.ts";
import { fitsAtomically } from "../shared/batches.ts";
import { clearTables } from "../shared/clear.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletions, removeAll } from "../shared/deletions.ts";
import { completePage, readPage } from "../shared/pages.ts";
import { type PruneOptions, type PruneResult, pruneTable, type TableRetentionPolicy } from "../shared/retention.ts";
import { removeRun } from "./run-removal.ts";
import { runs, steps } from "./tables.ts";
import type { WorkflowRunKey } from "./types.ts";

/** Runs whose rows are looked up in one request. */
const runsPerRead = 50;

/** Removes every run, headers first, so that no reader meets one without its rows. */
export async function clearRuns({ engine }: DomainContext): Promise<void> {
  await clearTables(engine, [runs, steps]);
  await removeAll(engine, [{ table: deletions, path: "byKind", eq: { domain: "workflows", kind: "run" } }]);
}

const olderThan = (cutoff: number) =>
  ({ path: "byActivity", range: { upper: { at: [cutoff], inclusive: false } } }) as const;

/** Removes runs whose last activity is older than the policy allows, oldest first. */
export async function pruneRuns(
  context: DomainContext,
  policy: TableRetentionPolicy | undefined,
  options: PruneOptions,
): Promise<PruneResult[]> {
  if (!policy) return [];
  const { engine, clock } = context;
  const removeBatch = (cutoff: number, limit: number) => removeOlder(context, cutoff, limit);
  const countOlder = async (cutoff: number) => {
    const [{ count: older }] = await engine.read([count(runs, olderThan(cutoff))]);
    return older;
  };
  return [await pruneTable("workflows", runs.name, policy, options, removeBatch, clock.now(), countOlder)];
}

async function removeOlder(context: DomainContext, cutoff: number, limit: number): Promise<number> {
  let removed = 0;
  for (let isDone = false; !isDone && removed < limit; ) {
    const most = Math.min(runsPerRead, limit - removed);
    const columns = ["workflow_name", "run_id"] as const;
    const page = await readPage(context.engine, find(runs, { ...olderThan(cutoff), limit: most, columns }));
    removed += await removeTogether(context, page.rows, cutoff);
    isDone = page.end === "exhausted";
  }
  return removed;
}

type RunRow = { readonly workflow_name: string; readonly run_id: string; readonly _rev: number };

/** Removes runs as they were read, several to a batch; one by one those that are too large or that somebody changed. */
async function removeTogether(context: DomainContext, rows: readonly RunRow[], cutoff: number): Promise<number> {
  const { engine } = context;
  if (rows.length === 0) return 0;
  const { capabilities } = engine;
  const limit = capabilities.atomicLimit.records;
  const ops = rows.map(({ workflow_name, run_id }) =>
    find(steps, { path: "byRun", eq: { workflow_name, run_id }, columns: steps.key, limit }),
  );
  const pages = await engine.read(ops);
  let removed = 0;
  let batch: WriteOp[] = [];
  let batched: RunRow[] = [];
  const flush = async () => {
    removed += (await writeUnlessChanged(context, batch)) ? batched.length : await removeEach(context, batched, cutoff);
    batch = [];
    batched = [];
  };
  for (const [index, row] of rows.entries()) {
    const page = await completePage(engine, ops[index] as never, pages[index] as never);
    const whole = [
      remove(runs, [row.workflow_name, row.run_id], { rev: row._rev }),
      ...page.rows.map((step) => remove(steps, keyOf(steps, step))),
    ];
    if (page.end !== "exhausted" || !fitsAtomically(whole, capabilities)) {
      removed += await removeEach(context, [row], cutoff);
      continue;
    }
    if (!fitsAtomically([...batch, ...whole], capabilities)) await flush();
    batch.push(...whole);
    batched.push(row);
  }
  await flush();
  return removed;
}

async function writeUnlessChanged({ engine }: DomainContext, batch: readonly WriteOp[]): Promise<boolean> {
  try {
    if (batch.length > 0) await engine.write(batch);
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

async function removeEach(context: DomainContext, rows: readonly RunRow[], cutoff: number): Promise<number> {
  let removed = 0;
  for (const { workflow_name, run_id } of rows) {
    const key: WorkflowRunKey = { workflowName: workflow_name, runId: run_id };
    try {
      if (await removeRun(context, key, (updatedAt) => updatedAt < cutoff)) removed++;
    } catch (error) {
      // It changed again: it is no longer old.
      if (!isConflict(error)) throw error;
    }
  }
  return removed;
}
