import { z } from "@hono/zod-openapi";
import { requireScope } from "../access/principal.ts";
import { notFound } from "../api/errors.ts";
import { flag, json, perPage } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { browse, recordOf, tablesOf } from "../operations/browse.ts";

const area = "records";
const where = z
  .array(
    z.object({
      column: z.string().max(256),
      op: z.enum(["is", "has", "from", "to", "absent"]),
      value: z.string().max(4096).optional(),
    }),
  )
  .max(20);
const shown = z.object({ key: z.array(z.string()), values: z.record(z.string(), z.unknown()) });

/** What the tables of a storage hold, as it is stored. Nothing is ever written this way: it would pass by the domains' rules. */
export const recordRoutes: Route[] = [
  route("get /stowage/records", {
    area,
    isStrict: true,
    summary: "The tables of every domain, their columns, and the ways in which each can be walked",
    answer: z.object({ domains: z.array(z.looseObject({ domain: z.string() })) }),
    run: async ({ storage }) => ({ domains: tablesOf(storage) }),
  }),
  route("get /stowage/records/{domain}/{table}", {
    area,
    isStrict: true,
    summary: "A page of a table's records as they are stored; long values are cut unless they are asked for in full",
    query: {
      where: json(where).optional(),
      path: z.string().optional(),
      /** The greatest first. */
      descending: flag.optional(),
      perPage: perPage.optional(),
      cursor: z.string().max(8192).optional(),
      full: flag.optional(),
    },
    answer: z.object({
      path: z.string(),
      rows: z.array(shown),
      end: z.string(),
      next: z.string().nullable(),
      total: z.object({ count: z.number(), isExact: z.boolean() }).optional(),
    }),
    async run({ storage, params, query, principal }) {
      requireScope(principal, params.domain, "read");
      const { where = [], descending = false, perPage = 100, full = false, path, cursor } = query;
      return browse(storage, params.domain, params.table, {
        where,
        direction: descending ? "desc" : "asc",
        limit: Math.min(Math.max(perPage, 1), 200),
        isFull: full,
        ...(path !== undefined && { path }),
        ...(cursor !== undefined && { cursor }),
      } as Parameters<typeof browse>[3]);
    },
  }),
  route("get /stowage/records/{domain}/{table}/record", {
    area,
    isStrict: true,
    summary: "One record of a table, whole, by its key",
    query: { key: json(z.array(z.string().max(4096)).min(1).max(8)) },
    answer: shown,
    async run({ storage, params, query, principal }) {
      requireScope(principal, params.domain, "read");
      const found = await recordOf(storage, params.domain, params.table, query.key);
      if (!found) throw notFound("the record was");
      return found;
    },
  }),
];
