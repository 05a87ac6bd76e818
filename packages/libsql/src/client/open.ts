import type { Client, Config } from "@libsql/client";
import type { ResolvedOptions } from "../options.ts";

/** The client for a server or a replica. Only the part of the library that this takes is loaded. */
export async function openClient(options: ResolvedOptions): Promise<Client> {
  const { url, authToken, syncUrl, syncInterval, target, patience } = options;
  const config: Config = {
    url,
    ...(authToken !== undefined && { authToken }),
    ...(syncUrl !== undefined && { syncUrl }),
    ...(syncInterval !== undefined && { syncInterval }),
  };
  if (target === "replica") {
    const { createClient } = await import("@libsql/client/sqlite3");
    return createClient({ ...config, timeout: patience.perTry });
  }
  if (url.startsWith("ws:") || url.startsWith("wss:")) {
    const { createClient } = await import("@libsql/client/ws");
    return createClient(config);
  }
  // Without native parts, so it also serves runtimes that have none.
  const { createClient } = await import("@libsql/client/http");
  return createClient(config);
}
