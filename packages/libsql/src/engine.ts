import type { Clock } from "@stowage/core/engine";
import { type SqlConnection, SqlEngine, sqliteDialect } from "@stowage/sql";
import { localCapabilities, remoteCapabilities, replicaCapabilities } from "./capabilities.ts";
import { translate, violation } from "./errors.ts";
import { type LibSQLOptions, type ResolvedOptions, resolveOptions } from "./options.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface LibSQLEngineSettings {
  /** Evaluates filters and aggregates on the rows walked, for tests that compare the two. Default `false`. */
  readonly forceDerived?: boolean;
  readonly clock?: Pick<Clock, "sequence">;
  /** Takes the one line about an option that has no effect. */
  readonly logger?: { warn(message: string): void };
}

/** Of the whole file: SQLite tells what a table takes by reading all of it. */
const fileSize = {
  sql: "SELECT NULL, page_count * page_size, NULL FROM pragma_page_count, pragma_page_size",
  args: [],
};

/** The engine on a SQLite file, on memory, or on a libSQL server. Making it opens nothing. */
export function libsqlEngine(options: LibSQLOptions, settings: LibSQLEngineSettings = {}): SqlEngine {
  const resolved = resolveOptions(options);
  const { target, authToken, prefix, client } = resolved;
  if (authToken !== undefined && (target === "file" || target === "memory")) {
    settings.logger?.warn("LibSQLStore: authToken has no effect on a local database");
  }
  const isLocal = target === "file" || target === "memory" || client?.protocol === "file";
  return new SqlEngine({
    name: "libsql",
    dialect: sqliteDialect({ violation, translate }),
    capabilities: target === "replica" ? replicaCapabilities : isLocal ? localCapabilities : remoteCapabilities,
    strategy: { sizes: fileSize },
    connect: () => connect(resolved),
    prefix,
    ...(settings.forceDerived !== undefined && { forceDerived: settings.forceDerived }),
    ...(settings.clock && { clock: settings.clock }),
  });
}

async function connect(options: ResolvedOptions): Promise<SqlConnection> {
  if (options.target === "file" || options.target === "memory") {
    const { NativeConnection } = await import("./native/connection.ts");
    return NativeConnection.open(options);
  }
  const { ClientConnection } = await import("./client/connection.ts");
  return ClientConnection.open(options);
}
