import { z } from "@hono/zod-openapi";
import type { StorageResourceType } from "@stowage/core";
import { requireOwner } from "../access/principal.ts";
import { conflict } from "../api/errors.ts";
import { type Route, route } from "../api/route.ts";
import { date } from "./shapes.ts";

const area = "memory";
const resource = z.looseObject({ id: z.string(), workingMemory: z.string().nullable() });

const shown = (id: string, found: StorageResourceType | null) => ({
  ...found,
  id,
  workingMemory: found?.workingMemory ?? null,
});

/** What is remembered about an owner, whether or not it has a thread. */
export const resourceRoutes: Route[] = [
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
