import { z } from "@hono/zod-openapi";
import { type Route, route } from "../api/route.ts";
import { lookUp } from "../operations/look-up.ts";
import { overviewOf } from "../operations/overview.ts";
import { record } from "./shapes.ts";

const area = "system";

/** What the Studio's first screens show. */
export const overviewRoutes: Route[] = [
  route("get /stowage/overview", {
    area,
    isStrict: true,
    summary: "Numbers of all lists, and figures of the traces of a day",
    answer: z.object({ at: z.any(), domains: z.record(z.string(), record.nullable()) }),
    run: async ({ storage }) => overviewOf(storage),
  }),
  route("get /stowage/lookup/{id}", {
    area,
    isBound: true,
    isStrict: true,
    summary: "What an id is: every record of any domain that has it and that the caller may see",
    answer: z.object({
      id: z.string(),
      found: z.array(
        z.object({
          kind: z.string(),
          domain: z.string(),
          id: z.string(),
          title: z.string().optional(),
          /** Ids of the records around it, which a link to it needs. */
          within: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
    run: async ({ storage, params, principal }) => ({
      id: params.id,
      found: await lookUp(storage, principal, params.id),
    }),
  }),
];
