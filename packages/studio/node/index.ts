import { join } from "node:path";

/** The folder of the built Studio: static files for `createServer({ studio: { root: studioRoot } })` or any web server. */
export const studioRoot: string = join(import.meta.dirname, "../dist/app");
