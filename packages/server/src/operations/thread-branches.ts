import type { MemoryStorage, StorageThreadType } from "@stowage/core";

/** Threads of the owner that are looked through for copies. */
const mostLooked = 2000;
const mostAncestors = 100;

/** A thread and the one that it was copied from. */
export interface ThreadBranch {
  id: string;
  resourceId: string;
  title: string | undefined;
  createdAt: Date;
  /** `null` for a thread that is no copy. */
  sourceThreadId: string | null;
  /** The last message that was copied, by its id in the source. */
  lastMessageId: string | null;
  /** What the thread was copied from is gone, or of an owner who is not shown. */
  isOrphan: boolean;
}

const cloneOf = ({ metadata }: StorageThreadType) =>
  metadata?.clone as { sourceThreadId?: unknown; lastMessageId?: unknown } | undefined;
const text = (value: unknown) => (typeof value === "string" ? value : null);

/**
 * The tree of copies in which a thread stands: up to the first thread, whoever owns it, and every copy of each among the threads
 * of the owner. `isComplete` is false when the owner has more threads than were looked through.
 */
export async function branchesOf(
  memory: MemoryStorage,
  thread: StorageThreadType,
  isVisible: (resourceId: string) => boolean,
): Promise<{ threads: ThreadBranch[]; isComplete: boolean }> {
  const known = new Map([[thread.id, thread]]);
  for (let at: StorageThreadType | undefined = thread; at && known.size < mostAncestors; ) {
    const sourceId = text(cloneOf(at)?.sourceThreadId);
    if (sourceId === null || known.has(sourceId)) break;
    const source: StorageThreadType | null = await memory.getThreadById({ threadId: sourceId });
    at = source && isVisible(source.resourceId) ? source : undefined;
    if (at) known.set(at.id, at);
  }
  const copies: StorageThreadType[] = [];
  let isComplete = true;
  for (let page = 0; ; page++) {
    const filter = { resourceId: thread.resourceId };
    const listed = await memory.listThreads({ page, perPage: 500, filter, includeTotal: false });
    copies.push(...listed.threads.filter((entry) => cloneOf(entry)));
    if (!listed.hasMore) break;
    isComplete = (page + 1) * 500 < mostLooked;
    if (!isComplete) break;
  }
  // A copy of a copy may come before its source: they are gone through until none is added.
  for (let size = 0; size !== known.size; ) {
    size = known.size;
    for (const copy of copies) {
      if (known.has(text(cloneOf(copy)?.sourceThreadId) ?? "")) known.set(copy.id, copy);
    }
  }
  const threads = [...known.values()].map((entry): ThreadBranch => {
    const { id, resourceId, title, createdAt } = entry;
    const sourceThreadId = text(cloneOf(entry)?.sourceThreadId);
    const isOrphan = sourceThreadId !== null && !known.has(sourceThreadId);
    const lastMessageId = text(cloneOf(entry)?.lastMessageId);
    return { id, resourceId, title, createdAt, sourceThreadId, lastMessageId, isOrphan };
  });
  // Copies of one moment keep one order, whichever of them was asked about.
  threads.sort((a, b) => +a.createdAt - +b.createdAt || (a.id < b.id ? -1 : 1));
  return { threads, isComplete };
}
