import { z } from "@hono/zod-openapi";
import { narrow, owns, requireOwner } from "../access/principal.ts";
import { badRequest, notFound } from "../api/errors.ts";
import { instant, list, object, orderBy, page } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { placeOf, searchMessages } from "../operations/search-messages.ts";
import { branchesOf } from "../operations/thread-branches.ts";
import { threadFigures } from "../operations/thread-figures.ts";
import { pageShape, record } from "./shapes.ts";

const area = "memory";

/** Threads as the Studio lists them: narrowed further than by Mastra's route, with numbers, and as a tree of copies. */
export const threadRoutes: Route[] = [
  route("get /stowage/threads", {
    area,
    isBound: true,
    isStrict: true,
    summary: "A page of threads by owner, metadata, a text of the title, and the time by which they are ordered",
    query: {
      ...page,
      ...orderBy("createdAt", "updatedAt"),
      resourceId: z.string().optional(),
      metadata: object.optional(),
      title: z.string().max(1024).optional(),
      from: instant.optional(),
      to: instant.optional(),
    },
    answer: z.object({ threads: z.array(record), ...pageShape }),
    async run({ store, query, principal }) {
      const { page, perPage = 100, orderBy, metadata, title, from, to } = query;
      const resourceId = narrow(principal, query.resourceId);
      const dateRange = { start: from, end: to };
      const filter = { resourceId, metadata, title, dateRange };
      return (await store("memory")).listThreads({ page, perPage, orderBy, filter } as never);
    },
  }),
  route("get /stowage/threads/figures", {
    area,
    isBound: true,
    isStrict: true,
    summary: "Messages, tokens and cost of up to 100 threads; the last two from the traces that name them",
    query: { threadIds: list },
    answer: z.object({ threads: z.array(z.looseObject({ threadId: z.string(), messages: z.number() })) }),
    async run({ store, storage, query: { threadIds }, principal }) {
      if (threadIds.length > 100) throw badRequest("threadIds: at most 100");
      const memory = await store("memory");
      if (principal.resources !== "*") {
        for (const threadId of threadIds)
          requireOwner(principal, (await memory.getThreadById({ threadId }))?.resourceId);
      }
      const observability = await storage.getStore("observability");
      return { threads: await threadFigures(memory, observability, threadIds) };
    },
  }),
  route("get /stowage/messages/search", {
    area,
    isBound: true,
    isStrict: true,
    summary: "Messages that hold a text, looked through in pieces; `next` goes on where an answer stopped",
    query: {
      q: z.string().min(1).max(1024),
      resourceId: z.string().optional(),
      perPage: page.perPage,
      after: z.string().optional(),
    },
    answer: z.object({ results: z.array(record), looked: z.number(), next: z.string().nullable() }),
    async run({ store, query, principal }) {
      const after = placeOf(query.after);
      if (!after) throw badRequest("after: must be what an answer gave as next");
      const limit = Math.min(query.perPage ?? 50, 200);
      const resourceId = narrow(principal, query.resourceId);
      return searchMessages(await store("memory"), query.q, { resourceId, after, limit });
    },
  }),
  route("get /stowage/threads/{threadId}/branches", {
    area,
    isBound: true,
    isStrict: true,
    summary: "The tree of copies in which a thread stands",
    answer: z.object({ threads: z.array(record), isComplete: z.boolean() }),
    async run({ store, params, principal }) {
      const memory = await store("memory");
      const thread = await memory.getThreadById(params);
      if (!thread) throw notFound("the thread was");
      requireOwner(principal, thread.resourceId);
      return branchesOf(memory, thread, (resourceId) => owns(principal, resourceId));
    },
  }),
];
