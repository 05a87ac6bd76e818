import { existsSync } from "node:fs";
import { join } from "node:path";
import { LibSQLStore } from "@stowage/libsql";
import { createServer } from "@stowage/server";
import { studioRoot } from "@stowage/studio";

/** Whether there are pages to serve; `npm start` builds them. */
export const isStudioBuilt = () => existsSync(join(studioRoot, "index.html"));

/** Serves the Studio on what was written until Ctrl-C, at the usual port where that is free. */
export async function serve(url: string, onListening: (address: string) => void): Promise<void> {
  const storage = new LibSQLStore({ id: "quickstart", url });
  const options = { storage, studio: { root: studioRoot } };
  let server = createServer(options);
  const { url: address } = await server.listen().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    server = createServer({ ...options, port: 0 });
    return server.listen();
  });
  const stopped = new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  onListening(address);
  await stopped;
  await server.close({ closeStorage: true });
}
