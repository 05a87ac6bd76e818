import type { OpenAPIHono } from "@hono/zod-openapi";
import { errorSchema } from "./errors.ts";
import type { Route } from "./route.ts";

const failures: Record<number, string> = {
  400: "A parameter or the body is not as documented",
  401: "No valid credentials",
  403: "The credentials do not allow it",
  404: "Unknown id",
  409: "The id exists, or the state does not allow the change",
  413: "The body is too large",
  429: "Too many requests",
  500: "The server failed",
  501: "This storage or server cannot do it",
  503: "The storage is not available, or the server is stopping",
};

const failureResponses = Object.fromEntries(
  Object.entries(failures).map(([status, description]) => [
    status,
    { description, content: { "application/json": { schema: errorSchema } } },
  ]),
);

/** Enters a route into the document. */
export function describeRoute(app: OpenAPIHono, prefix: string, route: Route): void {
  app.openAPIRegistry.registerPath({
    method: route.method,
    path: `${prefix}${route.path}`,
    tags: [route.area],
    summary: route.summary,
    operationId: `${route.method}${route.path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, "")}`,
    security: [{ bearer: [] }],
    "x-scope": `${route.area}:${route.action}`,
    request: {
      params: route.params,
      query: route.query,
      ...(route.body && {
        body: { content: { [route.readsBody ? "application/x-ndjson" : "application/json"]: { schema: route.body } } },
      }),
    },
    responses: {
      200: { description: "Done", content: { "application/json": { schema: route.answer } } },
      ...failureResponses,
    },
  });
}

/** The whole document, OpenAPI 3.1. */
export function openApiDocument(app: OpenAPIHono, version: string, isReadOnly: boolean): object {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Stowage", version, description: "Storage for AI agents over HTTP." },
    ...(isReadOnly && { "x-read-only": true }),
  });
}
