import { isDeepStrictEqual } from "node:util";
import { z } from "@hono/zod-openapi";
import type { MastraDBMessage, MemoryStorage, StorageMessageInclude, StorageThreadType } from "@stowage/core";
import { narrow, owns, type Principal, requireOwner } from "../access/principal.ts";
import { badRequest, conflict, forbidden, notFound } from "../api/errors.ts";
import { changedMeanwhile, etagOf, isExpected, isKnown } from "../api/etag.ts";
import { count, flag, json, object, orderBy, page, rangeObject } from "../api/query.ts";
import { type Call, newId, type Route, route } from "../api/route.ts";
import { textOfMessage } from "../operations/message-text.ts";
import { anyRecord, date, pageShape, record, success, words } from "./shapes.ts";

const area = "memory";
const text = z.string().optional();
/** Named by Mastra's client; here every agent's memory is in one storage. */
const agent = { agentId: text, networkId: text };

const thread = z.looseObject({ id: z.string(), resourceId: z.string(), createdAt: z.any(), updatedAt: z.any() });
const message = z.looseObject({ id: z.string(), role: z.string(), content: z.unknown() });

/** The thread, if the caller may see it: 404 when there is none, 403 when it is another resource's. */
async function threadOf(
  memory: MemoryStorage,
  principal: Principal,
  threadId: string,
  resourceId?: string,
): Promise<StorageThreadType> {
  const found = await memory.getThreadById({ threadId });
  if (!found) throw notFound("the thread was");
  requireOwner(principal, found.resourceId);
  if (resourceId !== undefined && found.resourceId !== resourceId)
    throw forbidden("the thread belongs to another resource");
  return found;
}

/** Whether making the thread again, as given, would make the one there is. */
const isRepeated = (found: StorageThreadType, given: { title?: string; metadata?: object }) =>
  (given.title === undefined || given.title === found.title) &&
  (given.metadata === undefined || isDeepStrictEqual(given.metadata, found.metadata));

const include = z
  .array(
    z.object({
      id: z.string(),
      threadId: text,
      withPreviousMessages: z.number().int().min(0).max(1000).optional(),
      withNextMessages: z.number().int().min(0).max(1000).optional(),
    }),
  )
  .max(1000);

const messageFilter = z.object({
  dateRange: rangeObject.optional(),
  roles: z.array(z.string().max(64)).max(20).optional(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
});

const messageInput = z.looseObject({
  id: z.string().min(1).max(1024).optional(),
  threadId: z.string().min(1),
  resourceId: z.string().min(1),
  role: z.string(),
  content: z.unknown(),
  createdAt: date.optional(),
});

const idOf = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

/** The same handlers answer below `/memory` and `/memory/network`. */
function threadRoutes(base: "/memory" | "/memory/network"): Route[] {
  return [
    route(`get ${base}/status`, {
      area,
      isBound: true,
      summary: "Whether memory is kept",
      query: { ...agent, resourceId: text, threadId: text },
      answer: z.object({ result: z.boolean(), observationalMemory: record }),
      async run({ store }) {
        await store("memory");
        return { result: true, observationalMemory: { enabled: false } };
      },
    }),
    route(`get ${base}/threads`, {
      area,
      isBound: true,
      summary: "A page of threads",
      query: { ...agent, resourceId: text, metadata: object.optional(), ...page, ...orderBy("createdAt", "updatedAt") },
      answer: z.object({ threads: z.array(thread), ...pageShape }),
      async run({ store, query, principal }) {
        const { page, perPage = 100, orderBy, metadata } = query;
        const resourceId = narrow(principal, query.resourceId);
        return (await store("memory")).listThreads({ page, perPage, orderBy, filter: { resourceId, metadata } });
      },
    }),
    route(`post ${base}/threads`, {
      area,
      isBound: true,
      summary: "Makes a thread; the same thread again gives the one there is",
      query: agent,
      newIds: ["threadId"],
      body: z.object({
        resourceId: z.string().min(1),
        threadId: newId.optional(),
        title: text,
        metadata: anyRecord.optional(),
      }),
      answer: thread,
      async run({ store, body, principal }) {
        requireOwner(principal, body.resourceId);
        const memory = await store("memory");
        const id = body.threadId ?? crypto.randomUUID();
        const found = body.threadId ? await memory.getThreadById({ threadId: id }) : null;
        if (found) {
          requireOwner(principal, found.resourceId);
          if (found.resourceId === body.resourceId && isRepeated(found, body)) return found;
          throw conflict("another thread with this id exists");
        }
        const now = new Date();
        const { resourceId, title = "", metadata } = body;
        return memory.saveThread({ thread: { id, resourceId, title, metadata, createdAt: now, updatedAt: now } });
      },
    }),
    route(`get ${base}/threads/{threadId}`, {
      area,
      isBound: true,
      summary: "One thread",
      query: { ...agent, resourceId: text },
      answer: thread,
      async run({ store, params, query, principal, request, header }) {
        const found = await threadOf(await store("memory"), principal, params.threadId, query.resourceId);
        const etag = etagOf(found);
        if (isKnown(request, etag)) return new Response(null, { status: 304, headers: { ETag: etag } });
        header("ETag", etag);
        return found;
      },
    }),
    route(`patch ${base}/threads/{threadId}`, {
      area,
      isBound: true,
      summary: "Changes title and metadata, as a whole; with If-Match only while the thread is as it was read",
      query: agent,
      body: z.object({ title: text, metadata: anyRecord.optional(), resourceId: text }),
      answer: thread,
      async run({ store, params, body, principal, request }) {
        const memory = await store("memory");
        await threadOf(memory, principal, params.threadId, body.resourceId);
        const { title, metadata } = body;
        let isStale = false;
        const changed = await memory.updateThreadMetadata({
          id: params.threadId,
          // Looked at where the write is decided, so that of two callers with one tag one succeeds.
          update: (found) => {
            isStale = !isExpected(request, etagOf(found));
            if (isStale || !metadata) return undefined;
            const gone = Object.keys(found.metadata ?? {}).map((key) => [key, undefined]);
            return { ...Object.fromEntries(gone), ...metadata };
          },
        });
        if (isStale) throw changedMeanwhile("the thread");
        if (!title) return changed ?? notFoundNow();
        return memory.updateThread({ id: params.threadId, title });
      },
    }),
    route(`delete ${base}/threads/{threadId}`, {
      area,
      isBound: true,
      summary: "Removes a thread with its messages",
      query: { ...agent, resourceId: text },
      answer: z.object({ result: z.string() }),
      async run({ store, params, query, principal }) {
        const memory = await store("memory");
        await threadOf(memory, principal, params.threadId, query.resourceId);
        await memory.deleteThread({ threadId: params.threadId });
        return { result: "Thread deleted" };
      },
    }),
    route(`get ${base}/threads/{threadId}/messages`, {
      area,
      isBound: true,
      summary: "A page of messages, and those asked for with their neighbours",
      query: {
        ...agent,
        resourceId: text,
        ...page,
        ...orderBy("createdAt"),
        filter: json(messageFilter).optional(),
        include: json(include).optional(),
        includeSystemReminders: flag.optional(),
      },
      answer: z.object({ messages: z.array(message), uiMessages: z.null(), ...pageShape }),
      async run({ store, params, query, principal }) {
        const memory = await store("memory");
        const { threadId } = params;
        const { resourceId } = await threadOf(memory, principal, threadId, query.resourceId);
        // Included messages may stand in other threads, but for a bound caller never in another's.
        const bound = principal.resources === "*" ? {} : { resourceId };
        const { page, perPage = 40, orderBy, filter, include } = query;
        const listed = await memory.listMessages({
          threadId,
          ...bound,
          page,
          perPage,
          orderBy,
          filter,
          include: include as StorageMessageInclude[] | undefined,
        });
        return { ...listed, uiMessages: null };
      },
    }),
    route(`post ${base}/save-messages`, {
      area,
      isBound: true,
      summary: "Stores messages; an id that exists is replaced",
      query: agent,
      body: z.object({ messages: z.array(messageInput).max(10_000) }),
      answer: z.object({ messages: z.array(message) }),
      async run({ store, body, principal }) {
        const memory = await store("memory");
        const messages = body.messages.map((entry) => ({
          ...entry,
          id: entry.id ?? crypto.randomUUID(),
          createdAt: entry.createdAt ?? new Date(),
        })) as MastraDBMessage[];
        await requireOwnMessages(memory, principal, messages);
        return memory.saveMessages({ messages });
      },
    }),
    route(`post ${base}/messages/delete`, {
      area,
      action: "delete",
      isBound: true,
      summary: "Removes messages by id",
      query: agent,
      body: z.object({ messageIds: z.union([idOf.transform((id) => [id]), z.array(idOf).max(10_000)]) }),
      answer: z.object({ success: z.boolean(), message: z.string() }),
      async run({ store, body, principal }) {
        const memory = await store("memory");
        const ids = body.messageIds;
        if (principal.resources !== "*") {
          const { messages } = await memory.listMessagesById({ messageIds: ids });
          for (const { resourceId } of messages) requireOwner(principal, resourceId);
        }
        await memory.deleteMessages(ids);
        return { success: true, message: `${ids.length} message${ids.length === 1 ? "" : "s"} deleted` };
      },
    }),
  ];
}

/** Neither the owner a message names nor that of its thread may be another's, nor that of a message it replaces. */
async function requireOwnMessages(memory: MemoryStorage, principal: Principal, messages: MastraDBMessage[]) {
  if (principal.resources === "*") return;
  for (const { resourceId } of messages) requireOwner(principal, resourceId);
  const threads = [...new Set(messages.map(({ threadId }) => threadId as string))];
  for (const threadId of threads) await threadOf(memory, principal, threadId);
  const { messages: replaced } = await memory.listMessagesById({ messageIds: messages.map(({ id }) => id) });
  for (const { resourceId } of replaced) requireOwner(principal, resourceId);
}

function notFoundNow(): never {
  throw notFound("the thread was");
}

const workingMemory = {
  body: z.object({ workingMemory: z.string(), resourceId: text, memoryConfig: anyRecord.optional() }),
};

/** Whose working memory is meant: the owner named, else the thread's. */
async function ownerOfWorkingMemory({ params, store, principal }: Call<{ threadId: string }>, asked?: string) {
  const memory = await store("memory");
  const found = await memory.getThreadById({ threadId: params.threadId });
  if (found) requireOwner(principal, found.resourceId);
  if (asked !== undefined) requireOwner(principal, asked);
  if (found && asked !== undefined && found.resourceId !== asked)
    throw forbidden("the thread belongs to another resource");
  const resourceId = asked ?? found?.resourceId;
  if (resourceId === undefined) throw notFound("the thread was");
  return { memory, resourceId, threadExists: found !== null };
}

const searchWindow = 1000;

export const memoryRoutes: Route[] = [
  ...threadRoutes("/memory"),
  ...threadRoutes("/memory/network"),
  route("get /memory/config", {
    area,
    isBound: true,
    summary: "The settings clients should assume",
    query: agent,
    answer: z.object({ config: record }),
    run: async () => ({
      config: {
        lastMessages: 10,
        semanticRecall: false,
        workingMemory: { enabled: true, scope: "resource" },
        observationalMemory: false,
      },
    }),
  }),
  route("post /memory/threads/{threadId}/clone", {
    area,
    isBound: true,
    summary: "Copies a thread with its messages",
    query: agent,
    newIds: ["newThreadId"],
    body: z
      .object({
        newThreadId: newId.optional(),
        resourceId: text,
        title: text,
        metadata: anyRecord.optional(),
        options: z
          .object({
            messageLimit: z.number().int().min(0).optional(),
            messageFilter: z
              .object({ startDate: date.optional(), endDate: date.optional(), messageIds: words.optional() })
              .optional(),
          })
          .optional(),
      })
      .optional(),
    answer: z.object({ thread, clonedMessages: z.array(message) }),
    async run({ store, params, body = {}, principal }) {
      const memory = await store("memory");
      await threadOf(memory, principal, params.threadId);
      if (body.resourceId !== undefined) requireOwner(principal, body.resourceId);
      return memory.cloneThread({ sourceThreadId: params.threadId, ...body });
    },
  }),
  route("post /memory/threads/{threadId}/transfer", {
    area,
    summary: "Gives a thread to another resource; not for callers bound to resources",
    query: agent,
    body: z.object({ resourceId: z.string().min(1) }),
    answer: thread,
    run: async ({ store, params, body }) =>
      (await store("memory")).updateThreadResourceId({ threadId: params.threadId, resourceId: body.resourceId }),
  }),
  route("get /memory/threads/{threadId}/working-memory", {
    area,
    isBound: true,
    summary: "What is remembered about the owner of a thread",
    query: { ...agent, resourceId: text, memoryConfig: object.optional() },
    answer: z.object({
      workingMemory: z.string().nullable(),
      source: z.enum(["thread", "resource"]),
      workingMemoryTemplate: z.null(),
      threadExists: z.boolean(),
    }),
    async run(call) {
      const { memory, resourceId, threadExists } = await ownerOfWorkingMemory(
        call as Call<{ threadId: string }>,
        call.query.resourceId,
      );
      const resource = await memory.getResourceById({ resourceId });
      return {
        workingMemory: resource?.workingMemory ?? null,
        source: "resource",
        workingMemoryTemplate: null,
        threadExists,
      };
    },
  }),
  route("post /memory/threads/{threadId}/working-memory", {
    area,
    isBound: true,
    summary: "Replaces what is remembered about the owner of a thread",
    query: agent,
    body: workingMemory.body,
    answer: success,
    async run(call) {
      const { memory, resourceId } = await ownerOfWorkingMemory(
        call as unknown as Call<{ threadId: string }>,
        call.body.resourceId,
      );
      await memory.updateResource({ resourceId, workingMemory: call.body.workingMemory });
      return { success: true };
    },
  }),
  route("get /memory/search", {
    area,
    isBound: true,
    summary: "Messages of a resource that contain a text, among its newest thousand",
    query: {
      ...agent,
      searchQuery: z.string().min(1).max(1024),
      resourceId: z.string().min(1),
      threadId: text,
      limit: count.optional(),
      memoryConfig: object.optional(),
    },
    answer: z.object({ results: z.array(record), count: z.number(), query: z.string(), searchType: z.string() }),
    async run({ store, query, principal }) {
      const { searchQuery, threadId, limit = 20 } = query;
      const resourceId = narrow(principal, query.resourceId) as string;
      const memory = await store("memory");
      if (threadId !== undefined) await threadOf(memory, principal, threadId, resourceId);
      const options = {
        resourceId,
        perPage: searchWindow,
        orderBy: { direction: "DESC" },
        includeTotal: false,
      } as const;
      const { messages } = threadId
        ? await memory.listMessages({ threadId, ...options })
        : await memory.listMessagesByResourceId(options);
      const results = await searchIn(memory, messages, searchQuery, Math.min(limit, 100), principal);
      return {
        results,
        count: results.length,
        query: searchQuery,
        searchScope: threadId ? "thread" : "resource",
        searchType: "text",
      };
    },
  }),
  route("get /memory/observational-memory", {
    area,
    isBound: true,
    summary: "The current observational memory and its history",
    query: {
      ...agent,
      resourceId: text,
      threadId: text,
      from: text,
      to: text,
      offset: count.optional(),
      limit: count.optional(),
    },
    answer: z.object({ record: record.nullable(), history: z.array(record).optional() }),
    async run({ store, query, principal }) {
      const memory = await store("memory");
      const { threadId, limit = 10, offset = 0 } = query;
      const found = threadId ? await threadOf(memory, principal, threadId, query.resourceId) : undefined;
      const resourceId = found?.resourceId ?? narrow(principal, query.resourceId);
      if (resourceId === undefined) throw badRequest("resourceId: is required without threadId");
      const dates = rangeObject.safeParse({ start: query.from, end: query.to });
      if (!dates.success) throw badRequest("from, to: must be dates in ISO 8601");
      const { start: from, end: to } = dates.data;
      // The record of a thread, else that which its owner has over all threads.
      const ofThread = threadId ? await memory.getObservationalMemory(threadId, resourceId) : null;
      const owner = ofThread ? (threadId as string) : null;
      return {
        record: ofThread ?? (await memory.getObservationalMemory(null, resourceId)),
        history: await memory.getObservationalMemoryHistory(owner, resourceId, Math.min(limit, 100), {
          from,
          to,
          offset,
        }),
      };
    },
  }),
  route("post /memory/observational-memory/buffer-status", {
    area,
    action: "read",
    isBound: true,
    summary: "Nothing is ever being buffered here",
    query: agent,
    body: z.looseObject({}).optional(),
    answer: z.object({ record: z.null() }),
    run: async () => ({ record: null }),
  }),
];

async function searchIn(
  memory: MemoryStorage,
  messages: MastraDBMessage[],
  query: string,
  limit: number,
  principal: Principal,
) {
  const wanted = query.toLowerCase();
  const hits = messages.filter(
    (entry) => owns(principal, entry.resourceId) && textOfMessage(entry).toLowerCase().includes(wanted),
  );
  const found = hits.slice(0, limit);
  const threads = new Map<string, StorageThreadType | null>();
  for (const threadId of new Set(found.map((entry) => entry.threadId as string))) {
    threads.set(threadId, await memory.getThreadById({ threadId }));
  }
  return found.map((entry) => ({
    id: entry.id,
    role: entry.role,
    content: textOfMessage(entry),
    createdAt: entry.createdAt,
    threadId: entry.threadId,
    threadTitle: threads.get(entry.threadId as string)?.title ?? "",
    context: { before: [], after: [] },
  }));
}
