import { count, find } from "../../engine/operations.ts";
import { clearTables } from "../shared/clear.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletions, removeAll } from "../shared/deletions.ts";
import { readPage } from "../shared/pages.ts";
import { pruneRows } from "../shared/prune-rows.ts";
import { type PruneOptions, type PruneResult, pruneTable, type TableRetentionPolicy } from "../shared/retention.ts";
import { finishDeletion, removeThread, threadDeletions } from "./delete-thread.ts";
import { messages, observationalMemory, resources, threadMetadata, threads } from "./tables.ts";

/** Messages, then resources, then threads with all that is theirs. */
export async function pruneMemory(
  context: DomainContext,
  policies: Readonly<Record<string, TableRetentionPolicy | undefined>>,
  options: PruneOptions,
): Promise<PruneResult[]> {
  const results: PruneResult[] = [];
  if (policies.messages) {
    results.push(await pruneRows(context, "memory", messages, "byAge", policies.messages, options));
  }
  if (policies.resources) {
    results.push(await pruneRows(context, "memory", resources, "byAge", policies.resources, options));
  }
  if (policies.threads) results.push(await pruneThreads(context, policies.threads, options));
  return results;
}

/** Threads that are removed at the same time. */
const atOnce = 8;

function pruneThreads(
  context: DomainContext,
  policy: TableRetentionPolicy,
  options: PruneOptions,
): Promise<PruneResult> {
  const { engine, clock } = context;
  const older = (cutoff: number) => ({ path: "all", range: { upper: { at: [cutoff], inclusive: false } } }) as const;
  const removeBatch = async (cutoff: number, limit: number) => {
    await finishOlder(context, cutoff);
    const { rows, end } = await readPage(engine, find(threads, { ...older(cutoff), limit, columns: ["id"] }));
    let removed = 0;
    for (let at = 0; at < rows.length; at += atOnce) {
      const gone = await Promise.all(
        rows
          .slice(at, at + atOnce)
          .map(({ id }) => removeThread(context, id, (row) => !!row && row.createdAt < cutoff)),
      );
      removed += gone.filter(Boolean).length;
    }
    return { removed, end: end === "exhausted" ? "done" : "more" } as const;
  };
  const countOlder = async (cutoff: number) => {
    const [{ count: total }] = await engine.read([count(threads, older(cutoff))]);
    return total;
  };
  return pruneTable("memory", threads.name, policy, options, removeBatch, clock.now(), countOlder);
}

/** Deletions that a crash left half done before the cutoff are brought to their end. */
async function finishOlder(context: DomainContext, cutoff: number): Promise<void> {
  const { rows } = await readPage(context.engine, threadDeletions.all());
  for (const { id, createdAt } of rows) if (createdAt < cutoff) await finishDeletion(context, id);
}

/** Removes all rows of the domain; of the deletions under way, which domains share, its own. */
export async function clearMemory({ engine }: DomainContext): Promise<void> {
  await clearTables(engine, [threadMetadata, observationalMemory, messages, threads, resources]);
  await removeAll(engine, [{ table: deletions, path: "byKind", eq: { domain: "memory", kind: "thread" } }]);
}
