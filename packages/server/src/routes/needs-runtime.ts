import { z } from "@hono/zod-openapi";
import { HttpError, type HttpErrorCode } from "../api/errors.ts";
import { type Method, type Route, route } from "../api/route.ts";

type Line = `${Method} /${string}`;

/** Routes that the official client knows and this server answers with 501 and a reason. */
export const refusing = (area: string, lines: readonly Line[], reason: string, code: HttpErrorCode): Route[] =>
  lines.map((line) =>
    route(line, {
      area,
      isBound: true,
      summary: `Always 501: ${reason}`,
      body: z.looseObject({}).optional(),
      async run() {
        throw new HttpError(501, reason, { code });
      },
    }),
  );

/** Routes that run a model or a workflow, which a storage server cannot. */
export const needsRuntime = (area: string, lines: readonly Line[]): Route[] =>
  refusing(
    area,
    lines,
    "this needs a running agent or workflow engine, which a storage server has not",
    "needs_runtime",
  );
