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
