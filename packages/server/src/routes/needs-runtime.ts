import { z } from "@hono/zod-openapi";
import { HttpError } from "../api/errors.ts";
import { type Method, type Route, route } from "../api/route.ts";

const reason = "this needs a running agent or workflow engine, which a storage server has not";

/** Routes of the official client that run a model or a workflow: answered with 501 and a reason. */
export const needsRuntime = (area: string, lines: readonly `${Method} /${string}`[]): Route[] =>
  lines.map((line) =>
    route(line, {
      area,
      isBound: true,
      isUpstreams: true,
      summary: `501 without an upstream server: ${reason}`,
      body: z.looseObject({}).optional(),
      async run() {
        throw new HttpError(501, reason, { code: "needs_runtime" });
      },
    }),
  );
