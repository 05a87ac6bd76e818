import { z } from "@hono/zod-openapi";
import type { MemoryStorage, ResourceSummary, StorageResourceType } from "@stowage/core";
import { requireOwner } from "../access/principal.ts";
import { conflict } from "../api/errors.ts";
import { page } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { workingMemoryHistory } from "../operations/working-memory-history.ts";
import { date, pageShape, record } from "./shapes.ts";

const area = "memory";
const resource = z.looseObject({ id: z.string(), workingMemory: z.string().nullable() });

const shown = (id: string, found: StorageResourceType | null) => ({
  ...found,
  id,
  workingMemory: found?.workingMemory ?? null,
});

/** A caller who sees single owners sees those alone, each asked for by itself. */
async function ownersAmong(memory: MemoryStorage, resources: readonly string[]): Promise<ResourceSummary[]> {
  const latest = { page: 0, perPage: 1, orderBy: { field: "updatedAt", direction: "DESC" } } as const;
  const found = await Promise.all(
    resources.map(async (resourceId) => {
      const { threads, total } = await memory.listThreads({ ...latest, filter: { resourceId } });
      return threads[0] ? [{ resourceId, threads: total, lastActivityAt: threads[0].updatedAt }] : [];
    }),
  );
  return found.flat();
}

/** What is remembered about an owner, whether or not it has a thread. */
export const resourceRoutes: Route[] = [
  route("get /stowage/resources", {
    area,
    isBound: true,
    isStrict: true,
    summary: "A page of the owners of threads, the last active first, with how many threads each has",
    query: { ...page, q: z.string().max(1024).optional() },
    answer: z.object({ resources: z.array(z.looseObject({ resourceId: z.string() })), ...pageShape }),
    async run({ store, query, principal }) {
      const memory = await store("memory");
      const { page = 0, perPage = 100, q: search } = query;
      if (principal.resources === "*") {
        return memory.listResources({ page, perPage, ...(search !== undefined && { search }) });
      }
      const resources = await ownersAmong(memory, principal.resources);
      return { resources, total: resources.length, page: 0, perPage: false, hasMore: false };
    },
  }),
  route("get /stowage/resources/{resourceId}", {
    area,
    isBound: true,
    isStrict: true,
    summary: "A resource and its working memory; without dates when nothing was ever kept about it",
    answer: resource,
    async run({ store, params: { resourceId }, principal }) {
      requireOwner(principal, resourceId);
      return shown(resourceId, await (await store("memory")).getResourceById({ resourceId }));
    },
  }),
  route("get /stowage/resources/{resourceId}/working-memory", {
    area,
    isBound: true,
    isStrict: true,
    summary: "What agents wrote into working memory, the latest first, as the traces of their calls tell it",
    query: page,
    answer: z.object({ changes: z.array(record), ...pageShape }),
    async run({ store, params: { resourceId }, query, principal }) {
      requireOwner(principal, resourceId);
      return workingMemoryHistory(await store("observability"), resourceId, query);
    },
  }),
  route("patch /stowage/resources/{resourceId}", {
    area,
    isBound: true,
    isStrict: true,
    summary: "Replaces working memory, unless it changed since it was read",
    body: z.strictObject({
      workingMemory: z.string(),
      /** `updatedAt` as it was read, `null` for a resource that was not there. A later change is refused with 409. */
      expectedUpdatedAt: date.nullable().optional(),
    }),
    answer: resource,
    async run({ store, params: { resourceId }, body, principal }) {
      requireOwner(principal, resourceId);
      const memory = await store("memory");
      if (body.expectedUpdatedAt !== undefined) {
        const found = await memory.getResourceById({ resourceId });
        const isAsRead = (found?.updatedAt.getTime() ?? null) === (body.expectedUpdatedAt?.getTime() ?? null);
        if (!isAsRead) throw conflict("the working memory changed since it was read");
      }
      return shown(resourceId, await memory.updateResource({ resourceId, workingMemory: body.workingMemory }));
    },
  }),
];
