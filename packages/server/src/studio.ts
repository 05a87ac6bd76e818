import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
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
  const files = serveStatic({ root, rewriteRequestPath: below });
  app.get(`${base}/*`, async (context, next) => {
    const { path } = context.req;
    if (isReserved(path)) return next();
    const file = await files(context, async () => {});
    if (file instanceof Response) {
      file.headers.set("Cache-Control", isAsset(path) ? "public, max-age=31536000, immutable" : "no-cache");
      return file;
    }
    const index = isAsset(path) ? undefined : await readFile(join(root, "index.html"), "utf8").catch(() => undefined);
    if (!index) return next();
    return context.html(index, 200, { "Cache-Control": "no-cache" });
  });
}
