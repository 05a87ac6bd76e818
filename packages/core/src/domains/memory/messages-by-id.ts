import { modifyBy } from "../../engine/modify.ts";
import { get, patch, remove, type WriteOp } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds } from "../shared/deletions.ts";
import { optionalText } from "../shared/values.ts";
import { findableKeys } from "./arguments.ts";
import { threadDeletions } from "./delete-thread.ts";
import { compareRows, type MessageRow, toMessage } from "./message-records.ts";
import { messages, threads } from "./tables.ts";
import type { MastraDBMessage } from "./types.ts";

export async function listMessagesById(
  { engine }: DomainContext,
  args: { messageIds?: unknown; resourceId?: unknown } | null | undefined,
): Promise<{ messages: MastraDBMessage[] }> {
  const owner = optionalText(args?.resourceId, "resourceId");
  const ids = findableKeys(args?.messageIds, "messageIds");
  if (ids.length === 0) return { messages: [] };
  const [{ rows }, marks] = await engine.read([
    get(
      messages,
      ids.map((id) => [id]),
    ),
    threadDeletions.all(),
  ]);
  const deleted = deletedIds(marks.rows);
  const found = rows.filter(
    (row): row is MessageRow =>
      row !== undefined && !deleted.has(row.thread_id) && (owner === undefined || row.resourceId === owner),
  );
  return { messages: found.sort(compareRows).map(toMessage) };
}

export async function deleteMessages(
  context: DomainContext,
  messageIds: unknown,
  scope: { resourceId?: unknown } | null | undefined,
): Promise<void> {
  const owner = optionalText(scope?.resourceId, "resourceId");
  const ids = findableKeys(messageIds, "messageIds");
  // A message and the thread that it leaves: two changes each.
  const most = Math.floor(context.engine.capabilities.atomicLimit.records / 2);
  for (let at = 0; at < ids.length; at += most) await deleteSome(context, ids.slice(at, at + most), owner);
}

/** Rows are expected as read, so that each thread is moved on by exactly those who took something from it. */
function deleteSome({ engine, clock }: DomainContext, ids: string[], owner: string | undefined): Promise<void> {
  return modifyBy(engine, `${messages.name}/${ids[0]}`, async () => {
    const [{ rows }] = await engine.read([
      get(
        messages,
        ids.map((id) => [id]),
        ["id", "thread_id", "resourceId"],
      ),
    ]);
    const now = clock.now();
    const left = new Set<string>();
    const write: WriteOp[] = [];
    for (const row of rows) {
      if (!row || (owner !== undefined && row.resourceId !== owner)) continue;
      left.add(row.thread_id);
      write.push(remove(messages, [row.id], { rev: row._rev }));
    }
    for (const id of left) write.push(patch(threads, [id], { raise: { updatedAt: now } }));
    return { write, result: undefined };
  });
}
