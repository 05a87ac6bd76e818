import { encodeTuple } from "../../engine/keys.ts";
import { modifyBy } from "../../engine/modify.ts";
import { check, find, get, remove, type WriteOp } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { type ChildWalk, Deletions } from "../shared/deletions.ts";
import { optionalText } from "../shared/values.ts";
import { findableKey } from "./arguments.ts";
import { threadKey } from "./observational/key.ts";
import { messages, observationalMemory, threadMetadata, threads } from "./tables.ts";

/** Threads whose deletion did not fit one batch and is under way. */
export const threadDeletions = new Deletions("memory", "thread");

/** What goes with a thread, in this order: what was made of the messages before the messages. */
const childrenOf = (threadId: string) =>
  [
    { table: observationalMemory, path: "byKey", eq: { lookupKey: threadKey(threadId) } },
    { table: messages, path: "byThread", eq: { thread_id: threadId } },
    { table: threadMetadata, path: "byThread", eq: { threadId } },
  ] as const satisfies readonly ChildWalk[];

/** Carries on with a deletion that was marked. */
export const finishDeletion = ({ engine }: DomainContext, threadId: string): Promise<void> =>
  threadDeletions.finish(engine, threadId, childrenOf(threadId));

/** Threads queue under this name when several of their records change together. */
export const threadScope = (threadId: string): string => `${threads.name}/${encodeTuple([threadId])}`;

export async function deleteThread(
  context: DomainContext,
  args: { threadId?: unknown; resourceId?: unknown },
): Promise<void> {
  const owner = optionalText(args.resourceId, "resourceId");
  const id = findableKey(args.threadId, "threadId");
  if (id === undefined) return;
  await removeThread(context, id, (row) => owner === undefined || row?.resourceId === owner);
}

/**
 * Removes a thread and its children, in one batch if they fit it; otherwise the thread goes in the batch that marks the
 * deletion, and the children after it. Rows are expected as read: a save that comes between moves the thread's revision, a
 * message that leaves for another thread its own, and either is looked at anew.
 *
 * @param wanted decides on the thread as it is read; `false` leaves everything alone.
 * @returns whether the thread was there and went.
 */
export async function removeThread(
  context: DomainContext,
  id: string,
  wanted: (row: { resourceId: string; createdAt: number } | undefined) => boolean,
): Promise<boolean> {
  const { engine, clock } = context;
  // The thread, a check of the mark, and one row more to see that there are more.
  const most = engine.capabilities.atomicLimit.records - 2;
  const outcome = await modifyBy<"removed" | "nothing" | "marked">(engine, threadScope(id), async () => {
    const [memory, texts, hints] = childrenOf(id);
    const [thread, mark, ...pages] = await engine.read([
      get(threads, [[id]], ["resourceId", "createdAt"]),
      threadDeletions.among([id]),
      find(memory.table, { path: memory.path, eq: memory.eq, limit: most, columns: ["id"] }),
      find(texts.table, { path: texts.path, eq: texts.eq, limit: most, columns: ["id"] }),
      find(hints.table, { path: hints.path, eq: hints.eq, limit: most, columns: ["threadId", "key"] }),
    ]);
    const row = thread.rows[0];
    const isMarked = mark.rows[0] !== undefined;
    if (isMarked && !row) return { result: "marked" };
    if (!wanted(row)) return { result: "nothing" };
    const [memoryPage, textPage, hintPage] = pages;
    const children: WriteOp[] = [
      ...memoryPage.rows.map(({ id, _rev }) => remove(observationalMemory, [id], { rev: _rev })),
      ...textPage.rows.map(({ id, _rev }) => remove(messages, [id], { rev: _rev })),
      ...hintPage.rows.map(({ threadId, key, _rev }) => remove(threadMetadata, [threadId, key], { rev: _rev })),
    ];
    const parent = row ? remove(threads, [id], { rev: row._rev }) : check(threads, [id], "absent");
    // Where a crash can leave part of a batch, the thread is its last part: calling again finds it and goes on.
    const isWhole = !isMarked && pages.every(({ end }) => end === "exhausted") && children.length <= most;
    if (isWhole) {
      if (!row && children.length === 0) return { result: "nothing" };
      return { write: [...children, parent], result: row ? "removed" : "nothing" };
    }
    return { write: [threadDeletions.mark(id, clock.now()), parent], result: "marked" };
  });
  if (outcome === "marked") await finishDeletion(context, id);
  return outcome !== "nothing";
}
