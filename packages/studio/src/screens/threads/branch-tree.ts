import type { ThreadBranch } from "../../api/memory.ts";

/** A thread at its depth in the tree of copies. */
export interface TreeLine {
  thread: ThreadBranch;
  depth: number;
}

/** The tree line by line, each thread before its copies, the oldest first. A thread whose source is gone begins one. */
export function treeOf(threads: readonly ThreadBranch[]): TreeLine[] {
  const known = new Set(threads.map(({ id }) => id));
  const copies = Map.groupBy(threads, ({ sourceThreadId }) =>
    sourceThreadId !== null && known.has(sourceThreadId) ? sourceThreadId : undefined,
  );
  const seen = new Set<string>();
  const below = (id: string | undefined, depth: number): TreeLine[] =>
    (copies.get(id) ?? []).flatMap((thread) => {
      // Copies of one another would have no end; metadata can be changed by hand.
      if (seen.has(thread.id)) return [];
      seen.add(thread.id);
      return [{ thread, depth }, ...below(thread.id, depth + 1)];
    });
  return below(undefined, 0);
}
