import { type Check, find, get, remove, type WriteOp } from "../../engine/operations.ts";
import { keyOf } from "../../engine/table.ts";
import { fitsAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { type ChildWalk, Deletions } from "../shared/deletions.ts";
import { completePage } from "../shared/pages.ts";
import { runId } from "./keys.ts";
import { runs, steps } from "./tables.ts";
import type { WorkflowRunKey } from "./types.ts";

/** Deletions of runs with too many rows for one batch. */
const pendingDeletions = new Deletions("workflows", "run");

const rowsOfRun = ({ workflowName, runId }: WorkflowRunKey): ChildWalk => ({
  table: steps,
  path: "byRun",
  eq: { workflow_name: workflowName, run_id: runId },
});

/** Goes into every batch that creates a run. When it is the refused operation, {@link finishRemoval} and try again. */
export const creating = (key: WorkflowRunKey): Check => pendingDeletions.none(runId(key));

/** Carries a deletion that was begun to its end; nothing happens when none was. */
export const finishRemoval = ({ engine }: DomainContext, key: WorkflowRunKey): Promise<void> =>
  pendingDeletions.finish(engine, runId(key), [rowsOfRun(key)]);

/**
 * Removes a run and all its rows: in one batch, or marked first.
 *
 * @param wanted whether the run is still to go, asked with the header's `updatedAt`.
 * @returns whether a run was removed.
 * @throws ConflictError when the run changed meanwhile.
 */
export async function removeRun(
  context: DomainContext,
  key: WorkflowRunKey,
  wanted: (updatedAt: number) => boolean = () => true,
): Promise<boolean> {
  const { engine, clock } = context;
  const { capabilities } = engine;
  const { path, eq } = rowsOfRun(key);
  const limit = capabilities.atomicLimit.records;
  const rowsOp = find(steps, { path: path as "byRun", eq, limit, columns: steps.key });
  const headerKey = [key.workflowName, key.runId];
  const [{ rows: headers }, first] = await engine.read([get(runs, [headerKey], ["updatedAt"]), rowsOp]);
  const header = headers[0];
  const page = await completePage(engine, rowsOp, first);
  if (!header) {
    if (page.rows.length > 0) await finishRemoval(context, key);
    return false;
  }
  if (!wanted(header.updatedAt)) return false;
  const removeHeader = remove(runs, headerKey, { rev: header._rev });
  const whole: WriteOp[] = [removeHeader, ...page.rows.map((row) => remove(steps, keyOf(steps, row)))];
  if (page.end === "exhausted" && fitsAtomically(whole, capabilities)) {
    await engine.write(whole);
    return true;
  }
  await engine.write([removeHeader, pendingDeletions.mark(runId(key), clock.now())]);
  await finishRemoval(context, key);
  return true;
}
