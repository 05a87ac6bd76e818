import type { MastraDBMessage, MemoryStorage } from "@stowage/core";
import { textOfMessage } from "./message-text.ts";

/** Messages that one request looks through, and how long it may take. */
const mostLooked = 5000;
const mostMilliseconds = 5000;
const pageSize = 500;
const threadsAtOnce = 50;

export interface MessageHit {
  id: string;
  threadId: string;
  threadTitle: string;
  resourceId: string | undefined;
  role: string;
  createdAt: Date;
  /** The text around the first place. */
  excerpt: string;
}

/** Where a search goes on: a page of the threads of all owners, and a page of their messages. */
interface Place {
  threads: number;
  messages: number;
}

export interface MessageSearch {
  results: MessageHit[];
  /** Messages that this request looked through. */
  looked: number;
  /** Goes on where this request stopped; `null` at the end. */
  next: string | null;
}

/**
 * Messages that hold a text, newest first: of one owner, or of all, fifty threads at a time from the last begun on. No database keeps
 * an index of texts, so they are looked through in pieces: a request ends with a place from which the next goes on.
 */
export async function searchMessages(
  memory: MemoryStorage,
  wanted: string,
  { resourceId, after, limit }: { resourceId: string | undefined; after: Place; limit: number },
  now: () => number = Date.now,
): Promise<MessageSearch> {
  const needle = wanted.toLowerCase();
  const found: MastraDBMessage[] = [];
  const stopAt = now() + mostMilliseconds;
  let looked = 0;
  let place: Place | undefined = after;
  while (place && found.length < limit && looked < mostLooked && now() < stopAt) {
    const { messages, next } = await messagesAt(memory, resourceId, place);
    looked += messages.length;
    found.push(...messages.filter((message) => textOfMessage(message).toLowerCase().includes(needle)));
    place = next;
  }
  const ids = [...new Set(found.map(({ threadId }) => threadId as string))];
  const threads = await Promise.all(ids.map((threadId) => memory.getThreadById({ threadId })));
  const titles = new Map(threads.map((thread, at) => [ids[at], thread?.title ?? ""]));
  return {
    results: found.map((message) => ({
      id: message.id,
      threadId: message.threadId as string,
      threadTitle: titles.get(message.threadId as string) ?? "",
      resourceId: message.resourceId,
      role: message.role,
      createdAt: message.createdAt,
      excerpt: around(textOfMessage(message), needle),
    })),
    looked,
    next: place ? `${place.threads}.${place.messages}` : null,
  };
}

/** The place that a request names. `undefined` for what is none. */
export function placeOf(text: string | undefined): Place | undefined {
  if (text === undefined) return { threads: 0, messages: 0 };
  const [, threads, messages] = /^(\d{1,7})\.(\d{1,7})$/.exec(text) ?? [];
  return threads && messages ? { threads: Number(threads), messages: Number(messages) } : undefined;
}

async function messagesAt(
  memory: MemoryStorage,
  resourceId: string | undefined,
  { threads: page, messages }: Place,
): Promise<{ messages: MastraDBMessage[]; next: Place | undefined }> {
  const list = { page: messages, perPage: pageSize, orderBy: { direction: "DESC" }, includeTotal: false } as const;
  const further = { threads: page, messages: messages + 1 };
  if (resourceId !== undefined) {
    const listed = await memory.listMessagesByResourceId({ resourceId, ...list });
    return { messages: listed.messages, next: listed.hasMore ? further : undefined };
  }
  // By creation: activity would move threads from page to page while one reads.
  const { threads, hasMore } = await memory.listThreads({ page, perPage: threadsAtOnce, includeTotal: false });
  if (threads.length === 0) return { messages: [], next: undefined };
  const listed = await memory.listMessages({ threadId: threads.map(({ id }) => id), ...list });
  const next = listed.hasMore ? further : hasMore ? { threads: page + 1, messages: 0 } : undefined;
  return { messages: listed.messages, next };
}

function around(text: string, needle: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(needle));
  const [from, to] = [Math.max(0, at - 80), at + needle.length + 160];
  return `${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`;
}
