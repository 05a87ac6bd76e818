import { request, segment } from "./client.ts";
import { deleteThread, type Thread, threadsPath } from "./memory.ts";

export interface Resource {
  id: string;
  workingMemory: string | null;
  metadata?: Record<string, unknown>;
  createdAt?: string;
  updatedAt?: string;
}

/** An owner of threads. */
export interface Owner {
  resourceId: string;
  threads: number;
  lastActivityAt: string;
}

export const resourcesPath = "/stowage/resources";
export const ownersOf = (answer: { resources: Owner[] }) => answer.resources;

/** One call by which an agent wrote working memory. */
export interface WorkingMemoryChange {
  at: string;
  traceId: string;
  spanId: string;
  threadId: string | null;
  text: string | null;
}

export const historyPath = (id: string) => `${resourcePath(id)}/working-memory`;
export const changesOf = (answer: { changes: WorkingMemoryChange[] }) => answer.changes;

export const resourcePath = (id: string) => `/stowage/resources/${segment(id)}`;

export const getResource = (id: string, signal?: AbortSignal) =>
  request<Resource>(resourcePath(id), { ...(signal && { signal }) });

/** Refused with 409 when somebody else changed it since it was read. */
export const saveWorkingMemory = ({ id, updatedAt = null }: { id: string; updatedAt?: string | null }, text: string) =>
  request<Resource>(resourcePath(id), {
    method: "PATCH",
    body: { workingMemory: text, expectedUpdatedAt: updatedAt },
  });

/** How many threads a resource owns. */
export const countThreads = async (resourceId: string) =>
  (await request<{ total: number }>(threadsPath, { query: { resourceId, perPage: 1 } })).total;

/** Removes every thread of a resource and empties its working memory. */
export async function forgetResource(resourceId: string): Promise<void> {
  const query = { resourceId, perPage: 100 };
  for (;;) {
    const { threads } = await request<{ threads: Thread[] }>(threadsPath, { query });
    if (threads.length === 0) break;
    for (const { id } of threads) await deleteThread(id);
  }
  await request(resourcePath(resourceId), { method: "PATCH", body: { workingMemory: "" } });
}
