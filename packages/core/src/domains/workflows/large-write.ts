import type { Engine } from "../../engine/engine.ts";
import { check, count, type Put, remove, type WriteOp } from "../../engine/operations.ts";
import { keyOf } from "../../engine/table.ts";
import { isConflict, StorageError } from "../../errors.ts";
import { cutAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { type RunImage, rowsOf } from "./image.ts";
import type { RunDraft } from "./run-draft.ts";
import { planRun } from "./run-plan.ts";
import { creating } from "./run-removal.ts";
import { runs, steps } from "./tables.ts";

const rowsPerRequest = 500;
/** Half the time after which rows that no header counts are taken for abandoned. */
const longest = 30 * 60_000;

/**
 * Writes a draft that is too large for one batch: all its rows under a generation of their own, where nobody reads them, then
 * the header, which makes that generation the run. A crash before that leaves rows that a later write of the run removes.
 *
 * @throws ConflictError when the run changed meanwhile; the rows are gone then.
 */
export async function writeLarge(context: DomainContext, draft: RunDraft, version: number): Promise<RunImage> {
  const { engine, clock } = context;
  const { base } = draft;
  const generation = clock.id();
  const plan = planRun(draft, version, { generation });
  const started = clock.now();
  const inBulk = async (ops: readonly WriteOp[]) => {
    for (let from = 0; from < ops.length; from += rowsPerRequest) {
      await engine.write(ops.slice(from, from + rowsPerRequest), { atomic: false });
    }
  };
  await inBulk(plan.rows);
  if (clock.now() - started > longest) {
    throw new StorageError("the run took too long to write", { code: "timeout", retry: "exhausted" });
  }
  let rev: number;
  try {
    const results = await engine.write(base ? [plan.header] : [creating(draft.key), plan.header]);
    rev = results.at(-1)?.rev as number;
  } catch (error) {
    if (isConflict(error)) await inBulk(plan.rows.map(removalOf));
    throw error;
  }
  if (base) {
    const { workflowName, runId } = draft.key;
    const old = [...rowsOf(base)].map(([step]) => remove(steps, [workflowName, runId, base.layout.generation, step]));
    await inBulk(old);
  } else {
    // A run of this id that came and went while the rows were written may have taken some of them along.
    const eq = { workflow_name: draft.key.workflowName, run_id: draft.key.runId };
    const filter = { op: "eq", column: "generation", value: generation } as const;
    const [left] = await engine.read([count(steps, { path: "byRun", eq, filter })]);
    if (left.count < plan.rows.length)
      await restore(engine, plan.rows, check(runs, [draft.key.workflowName, draft.key.runId], { rev }));
  }
  return plan.image(rev);
}

/** Puts rows back that went, as long as the header counts them: whoever changed it since has met them all. */
async function restore(engine: Engine, rows: readonly WriteOp[], header: WriteOp): Promise<void> {
  try {
    for (const part of cutAtomically(rows, engine.capabilities, 1)) await engine.write([header, ...part]);
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

const removalOf = (op: WriteOp): WriteOp => remove(steps, keyOf(steps, (op as Put).row));
