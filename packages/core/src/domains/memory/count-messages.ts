import { count } from "../../engine/operations.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds } from "../shared/deletions.ts";
import { isKeyText } from "../shared/key-text.ts";
import { requireId } from "../shared/values.ts";
import { threadDeletions } from "./delete-thread.ts";
import { messages } from "./tables.ts";

const mostThreads = 100;

/** A count along the path of each thread, all in one round trip. */
export async function countMessages(
  { engine }: DomainContext,
  args: { threadIds?: unknown } | null | undefined,
): Promise<{ threadId: string; messages: number }[]> {
  const given = args?.threadIds;
  if (!Array.isArray(given) || given.length > mostThreads) {
    throw invalid(`threadIds must be a list of at most ${mostThreads}`, "INVALID_ARGUMENT", { path: "threadIds" });
  }
  const threadIds = given.map((id, index) => requireId(id, `threadIds[${index}]`));
  const wanted = [...new Set(threadIds)].filter(isKeyText);
  if (wanted.length === 0) return threadIds.map((threadId) => ({ threadId, messages: 0 }));
  const walks = wanted.map((threadId) => count(messages, { path: "byThread", eq: { thread_id: threadId } }));
  const [{ rows }, ...counts] = await engine.read([threadDeletions.among(wanted), ...walks]);
  const deleted = deletedIds(rows);
  const found = new Map(wanted.map((id, at) => [id, deleted.has(id) ? 0 : (counts[at]?.count ?? 0)]));
  return threadIds.map((threadId) => ({ threadId, messages: found.get(threadId) ?? 0 }));
}
