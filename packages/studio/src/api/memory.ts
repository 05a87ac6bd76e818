import type { MastraDBMessage, StorageThreadType } from "@stowage/core";
import { request, segment } from "./client.ts";

/** What JSON makes of a record: dates are texts. */
export type Wire<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends Date
    ? string
    : T extends (infer Item)[]
      ? Wire<Item>[]
      : T extends object
        ? { [Key in keyof T]: Wire<T[Key]> }
        : T;

export type Thread = Wire<StorageThreadType>;
export type Message = Omit<MastraDBMessage, "createdAt"> & { createdAt: string };

export const threadsPath = "/memory/threads";
export const threadPath = (id: string) => `${threadsPath}/${segment(id)}`;
export const messagesPath = (id: string) => `${threadPath(id)}/messages`;

/** Threads with more conditions than Mastra's route knows. */
export const threadListPath = "/stowage/threads";

/** What a thread holds and what the traces that name it used; `null` when none does. */
export interface ThreadFigures {
  threadId: string;
  messages: number;
  traces: {
    count: number;
    errors: number;
    inputTokens: number;
    outputTokens: number;
    /** By unit. */
    costs: Record<string, number>;
    /** Calls of models whose cost nobody stored. */
    uncosted: number;
    /** Whether there are more traces than were added up. */
    isPartial: boolean;
  } | null;
}

export async function getThreadFigures(threadIds: string[], signal?: AbortSignal): Promise<Map<string, ThreadFigures>> {
  const { threads } = await request<{ threads: ThreadFigures[] }>(`${threadListPath}/figures`, {
    query: { threadIds },
    ...(signal && { signal }),
  });
  return new Map(threads.map((figures) => [figures.threadId, figures]));
}

/** A thread in the tree of copies. */
export interface ThreadBranch {
  id: string;
  resourceId: string;
  title?: string;
  createdAt: string;
  sourceThreadId: string | null;
  lastMessageId: string | null;
  isOrphan: boolean;
}

export const getBranches = (id: string, signal?: AbortSignal) =>
  request<{ threads: ThreadBranch[]; isComplete: boolean }>(`${threadListPath}/${segment(id)}/branches`, {
    ...(signal && { signal }),
  });

/** The newest thousand messages of a thread, oldest first. */
export const getTranscript = async (id: string, signal?: AbortSignal) =>
  (
    await request<{ messages: Message[] }>(messagesPath(id), {
      query: { perPage: 1000, orderBy: { field: "createdAt", direction: "DESC" } },
      ...(signal && { signal }),
    })
  ).messages.toReversed();

export const threadsOf = (answer: { threads: Thread[] }) => answer.threads;
export const messagesOf = (answer: { messages: Message[] }) => answer.messages;

export const getThread = (id: string, signal?: AbortSignal) =>
  request<Thread>(threadPath(id), { ...(signal && { signal }) });

export const renameThread = (id: string, title: string) =>
  request<Thread>(threadPath(id), { method: "PATCH", body: { title } });

export const deleteThread = (id: string) => request<object>(threadPath(id), { method: "DELETE" });

/** Copies a thread with its messages, or with those up to a moment. */
export const cloneThread = (id: string, endDate?: string) =>
  request<{ thread: Thread }>(`${threadPath(id)}/clone`, {
    method: "POST",
    body: endDate ? { options: { messageFilter: { endDate } } } : {},
  });

export const moveThread = (id: string, resourceId: string) =>
  request<Thread>(`${threadPath(id)}/transfer`, { method: "POST", body: { resourceId } });

export const deleteMessages = (messageIds: string[]) =>
  request<object>("/memory/messages/delete", { method: "POST", body: { messageIds } });
