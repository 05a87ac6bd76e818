import { resolve } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono } from "hono";
import type { ServerOptions } from "./options.ts";

/**
 * Serves a built single-page application: its files as they are, and `index.html` for every other path below it, so that a
 * link into the application works. Paths of the API are left to the API. Files below `/assets/` carry a hash in their names:
 * browsers keep them, and one that is gone is not found, instead of a page where a script was expected.
 */
// biome-ignore lint/suspicious/noExplicitAny: any application, whatever its variables.
export function serveStudio(app: Hono<any>, studio: NonNullable<ServerOptions["studio"]>, reserved: string[]): void {
  const base = (studio.path ?? "/").replace(/\/$/, "");
  const root = resolve(studio.root);
  const below = (path: string) => path.slice(base.length) || "/";
  const isReserved = (path: string) => reserved.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  const isAsset = (path: string) => below(path).startsWith("/assets/");
  const files = serveStatic({
    root,
    rewriteRequestPath: below,
    onFound: (_file, context) =>
      context.header("Cache-Control", isAsset(context.req.path) ? "public, max-age=31536000, immutable" : "no-cache"),
  });
  const index = serveStatic({
    root,
    rewriteRequestPath: () => "/index.html",
    onFound: (_file, context) => context.header("Cache-Control", "no-cache"),
  });
  app.get(`${base}/*`, (context, next) => (isReserved(context.req.path) ? next() : files(context, next)));
  app.get(`${base}/*`, (context, next) => {
    const { path } = context.req;
    return isReserved(path) || isAsset(path) ? next() : index(context, next);
  });
}
