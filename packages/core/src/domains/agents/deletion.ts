import { modifyBy } from "../../engine/modify.ts";
import { check, find, get, remove, type WriteOp } from "../../engine/operations.ts";
import { keyOf } from "../../engine/table.ts";
import { isConflict } from "../../errors.ts";
import { fitsAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { Deletions, deletions } from "../shared/deletions.ts";
import { completePage } from "../shared/pages.ts";
import { agents, agentVersions } from "./tables.ts";

/** Deletions of all versions of an agent, under way because they do not fit one batch. Readers of versions hide them. */
export const versionDeletions = new Deletions("agents", "versions");

/** Carries a deletion of versions that was begun to its end; nothing happens when none was. */
export const finishDeletion = ({ engine }: DomainContext, agentId: string): Promise<void> =>
  versionDeletions.finish(engine, agentId, [{ table: agentVersions, path: "byNumber", eq: { agentId } }]);

/** Removes all versions of an agent, and with `withRecord` the agent itself, at one point for every reader. */
export async function removeVersions(context: DomainContext, agentId: string, withRecord: boolean): Promise<void> {
  const { engine, clock } = context;
  const { capabilities } = engine;
  const limit = capabilities.atomicLimit.records;
  const versionsOp = find(agentVersions, { path: "byNumber", eq: { agentId }, limit, columns: ["id"] });
  const isMarked = await modifyBy(engine, scopeOf(agentId), async () => {
    const [{ rows: found }, first, { rows: marks }] = await engine.read([
      get(agents, [[agentId]], ["id"]),
      versionsOp,
      versionDeletions.among([agentId]),
    ]);
    const { rows, end } = await completePage(engine, versionsOp, first);
    if (rows.length === 0 && !found[0]) return { result: marks[0] !== undefined };
    const guard = withRecord ? [removal(agentId, found[0]?._rev)] : [];
    const whole = [...guard, ...rows.map((row) => remove(agentVersions, keyOf(agentVersions, row)))];
    if (end === "exhausted" && fitsAtomically(whole, capabilities))
      return { write: whole, result: marks[0] !== undefined };
    return { write: [...guard, versionDeletions.mark(agentId, clock.now())], result: true };
  });
  if (isMarked) await finishDeletion(context, agentId);
}

/** A version made meanwhile has moved the agent's revision on, so that none can be left behind. */
const removal = (agentId: string, rev: number | undefined): WriteOp =>
  rev === undefined ? check(agents, [agentId], "absent") : remove(agents, [agentId], { rev });

/** What the calls of one process on one agent queue on. */
export const scopeOf = (agentId: string): string => `agents/${agentId}`;

/** Runs a write whose batch holds {@link noDeletion}. A deletion that is in the way is finished first. */
export async function unlessDeleting<Result>(
  context: DomainContext,
  agentId: string,
  write: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isConflict(error) || error.refusal.table !== deletions.name) throw error;
      await finishDeletion(context, agentId);
    }
  }
}

/** Goes into every batch that makes a version. */
export const noDeletion = (agentId: string): WriteOp => versionDeletions.none(agentId);

/** All marks of this kind, to clear the domain. */
export const versionMarks = { table: deletions, path: "byKind", eq: { domain: "agents", kind: "versions" } } as const;
