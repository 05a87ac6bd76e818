import { createHash } from "node:crypto";
import { type Clock, StorageError } from "@stowage/core/engine";
import { mssqlDialect, mssqlStrategy, SqlEngine } from "@stowage/sql";
import sql from "mssql";
import { capabilities } from "./capabilities.ts";
import type { PoolLike } from "./clients.ts";
import { type Isolation, MssqlConnection } from "./connection.ts";
import { customIndex, unknownHints } from "./custom-index.ts";
import { translate, violation } from "./errors.ts";
import { type MSSQLOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { RequestFailure, send } from "./requests.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface MSSQLEngineSettings {
  /** Evaluates filters and aggregates on the rows walked, for tests that compare the two. Default `false`. */
  readonly forceDerived?: boolean;
  readonly clock?: Pick<Clock, "sequence">;
  /** Takes the lines about what does not keep the store from working. */
  readonly logger?: { warn(message: string): void };
}

/** The engine on SQL Server. Making it opens nothing. */
export const mssqlEngine = (options: MSSQLOptions, settings: MSSQLEngineSettings = {}): MSSQLEngine =>
  new MSSQLEngine(resolveOptions(options), settings);

/** The SQL engine with the pool it works on, for people who want to use the same connections. */
export class MSSQLEngine extends SqlEngine {
  readonly schema: string;
  private readonly source: PoolSource;

  constructor(options: ResolvedOptions, settings: MSSQLEngineSettings = {}) {
    const source = new PoolSource(options);
    const { schema, prefix, skipDefaultIndexes, indexes } = options;
    const warn = (message: string) => settings.logger?.warn(message);
    for (const index of indexes) {
      for (const hint of unknownHints(index)) warn(`stowage: ${hint} of the index ${index.name} has no meaning here`);
    }
    super({
      name: "mssql",
      dialect: mssqlDialect({ schema, digest, violation, translate }),
      strategy: mssqlStrategy({
        ...{ schema, prefix, skipDefaultIndexes, warn },
        customIndexes: indexes.map(customIndex),
        catalogue: async (statements, call) => (await source.connect()).catalogue(statements, call),
        make: async (statements, call) => (await source.connect()).make(statements, call),
        together: async (work, call) => (await source.connect()).together(work, call),
      }),
      capabilities,
      longestKey: 64 * 1024,
      connect: () => source.connect(),
      prefix,
      ...(settings.forceDerived !== undefined && { forceDerived: settings.forceDerived }),
      ...(settings.clock && { clock: settings.clock }),
    });
    this.schema = schema;
    this.source = source;
  }

  /** The pool given, or the one made from the options, which connects when it is used. */
  get pool(): PoolLike {
    return this.source.pool;
  }
}

const digest = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64url");

/** Makes and connects the pool at its first use; one that could not connect is made anew at the next. */
class PoolSource {
  private readonly options: ResolvedOptions;
  private made: PoolLike | undefined;
  private connected: MssqlConnection | undefined;

  constructor(options: ResolvedOptions) {
    this.options = options;
  }

  get pool(): PoolLike {
    const { pool } = this.options;
    this.made ??= "given" in pool ? pool.given : ownPool(pool.config);
    return this.made;
  }

  async connect(): Promise<MssqlConnection> {
    if (this.connected) return this.connected;
    const { pool } = this;
    const isOwn = !("given" in this.options.pool);
    const typed = pool instanceof sql.ConnectionPool;
    try {
      if (!pool.connected) await pool.connect();
      const isolation = await isolationOf(pool, typed);
      const end = async () => void (isOwn && (await pool.close()));
      this.connected = new MssqlConnection({ pool, isolation, typed, end });
      return this.connected;
    } catch (error) {
      if (isOwn) {
        this.made = undefined;
        await pool.close().catch(() => undefined);
      }
      throw error instanceof RequestFailure ? error.cause : error;
    }
  }
}

/** What kind of snapshot the database can give, and whether it can read JSON at all. */
async function isolationOf(pool: PoolLike, typed: boolean): Promise<Isolation> {
  const text =
    "SELECT [snapshot_isolation_state], [is_read_committed_snapshot_on], [compatibility_level] " +
    "FROM sys.databases WHERE [database_id] = DB_ID()";
  const [set] = await send(pool.request(), text, [], { call: undefined, cancellable: true, typed });
  const [snapshot, statement, level] = set?.rows[0] ?? [];
  if (typeof level === "number" && level < 130) {
    throw new StorageError("the database has a compatibility level below 130, at which it cannot read JSON", {
      code: "unsupported",
      details: { level },
    });
  }
  if (snapshot === 1) return "snapshot";
  return statement === 1 ? "statement" : "locks";
}

function ownPool(config: sql.config): PoolLike {
  const pool = new sql.ConnectionPool(config);
  // Without a listener a connection that breaks while idle would end the process.
  pool.on("error", () => undefined);
  return pool as unknown as PoolLike;
}
