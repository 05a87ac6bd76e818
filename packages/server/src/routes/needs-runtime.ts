import { z } from "@hono/zod-openapi";
import { HttpError } from "../api/errors.ts";
import { type Method, type Route, route } from "../api/route.ts";

/** Routes of the official client that run a model or a workflow, which a storage server cannot. */
export const needsRuntime = (area: string, lines: readonly `${Method} /${string}`[]): Route[] =>
  lines.map((line) =>
    route(line, {
      area,
      isBound: true,
      summary: "Needs an agent runtime: always 501",
      body: z.looseObject({}).optional(),
      async run() {
        throw new HttpError(501, "this needs a running agent or workflow engine, which a storage server has not", {
          code: "needs_runtime",
        });
      },
    }),
  );
