import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LibSQLStore } from "@stowage/libsql";
import { createServer, type ServerOptions, type StowageServer } from "../src/index.ts";

export interface TestServer {
  url: string;
  storage: LibSQLStore;
  server: StowageServer;
  close(): Promise<void>;
}

/** A server on a file of its own and a free port. */
export async function openServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "stowage-server-"));
  const storage = new LibSQLStore({ id: "test", url: `file:${join(folder, "test.db")}` });
  const server = createServer({ storage, port: 0, ...options });
  const { url } = await server.listen();
  return {
    url,
    storage,
    server,
    async close() {
      await server.close();
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
