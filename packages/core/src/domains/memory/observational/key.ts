import { invalid } from "../../../errors.ts";
import { isKeyText } from "../../shared/key-text.ts";
import { writableKey } from "../arguments.ts";

/** Where the observational memory of a thread stands. */
export const threadKey = (threadId: string): string => `thread:${threadId}`;

/** Whose observational memory is meant: a thread's, or a resource's when `threadId` is `null`. */
export interface MemoryKey {
  readonly lookupKey: string;
  readonly threadId: string | null;
}

/**
 * The key of a thread when one is given, else of the resource. An empty thread id, and an absent or empty resource id in its
 * place, mean nobody: `undefined`.
 *
 * @throws StorageError `INVALID_INPUT` when an id is something else than a string.
 */
export function findableMemoryKey(threadId: unknown, resourceId: unknown): MemoryKey | undefined {
  if (threadId !== undefined && threadId !== null) {
    const id = text(threadId, "threadId");
    return id === "" || !isKeyText(id) ? undefined : { lookupKey: threadKey(id), threadId: id };
  }
  const id = resourceId === undefined || resourceId === null ? "" : text(resourceId, "resourceId");
  return id === "" || !isKeyText(id) ? undefined : { lookupKey: `resource:${id}`, threadId: null };
}

/** The same where something is written. @throws StorageError `INVALID_INPUT` when it means nobody. */
export function writableMemoryKey(threadId: unknown, resourceId: unknown): MemoryKey {
  if (threadId !== undefined && threadId !== null) {
    const id = writableKey(threadId, () => "threadId");
    return { lookupKey: threadKey(id), threadId: id };
  }
  return { lookupKey: `resource:${writableKey(resourceId, () => "resourceId")}`, threadId: null };
}

function text(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  return value;
}
