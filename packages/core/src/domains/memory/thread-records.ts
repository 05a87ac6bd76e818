import type { StoredRow } from "../../engine/table.ts";
import { readMetadata } from "./metadata.ts";
import type { threads } from "./tables.ts";
import type { StorageThreadType } from "./types.ts";

export type ThreadRow = StoredRow<typeof threads>;

/** The thread in a row. */
export function toThread(row: Omit<ThreadRow, "_rev">): StorageThreadType {
  const thread: StorageThreadType = {
    id: row.id,
    resourceId: row.resourceId,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
  if (row.title !== null) thread.title = row.title;
  const metadata = readMetadata(row.metadata);
  if (metadata !== undefined) thread.metadata = metadata;
  return thread;
}

/** What `raise: { updatedAt: now }` makes of a row. */
export const raised = (updatedAt: number, now: number): number => Math.max(now, updatedAt + 1);
