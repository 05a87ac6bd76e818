import type { Clock } from "@stowage/core/engine";
import { postgresDialect, postgresStrategy, SqlEngine } from "@stowage/sql";
import pg from "pg";
import { capabilities } from "./capabilities.ts";
import type { PoolLike } from "./clients.ts";
import { PgConnection } from "./connection.ts";
import { customIndex } from "./custom-index.ts";
import { translate, violation } from "./errors.ts";
import { type PostgresOptions, type ResolvedOptions, resolveOptions } from "./options.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface PostgresEngineSettings {
  /** Evaluates filters and aggregates on the rows walked, for tests that compare the two. Default `false`. */
  readonly forceDerived?: boolean;
  readonly clock?: Pick<Clock, "sequence">;
  /** Takes the lines about what does not keep the store from working. */
  readonly logger?: { warn(message: string): void };
}

/** The engine on PostgreSQL. Making it opens nothing. */
export const postgresEngine = (options: PostgresOptions, settings: PostgresEngineSettings = {}): PostgresEngine =>
  new PostgresEngine(resolveOptions(options), settings);

/** The SQL engine with the pools it works on, for people who want to use the same connections. */
export class PostgresEngine extends SqlEngine {
  readonly schema: string;
  readonly readPool: PoolLike | undefined;
  private readonly source: PoolSource;

  constructor(options: ResolvedOptions, settings: PostgresEngineSettings = {}) {
    const source = new PoolSource(options);
    const { schema, prefix, skipDefaultIndexes, indexes } = options;
    super({
      name: "pg",
      dialect: postgresDialect({ schema, violation, translate }),
      strategy: postgresStrategy({
        schema,
        prefix,
        skipDefaultIndexes,
        customIndexes: indexes.map(customIndex),
        transaction: (work, call) => source.connection.transaction(work, call),
        alone: (sql, call) => source.connection.alone(sql, call),
        takesCopies: () => source.connection.takesCopies,
        soon: (flush) => process.nextTick(flush),
        warn: (message) => settings.logger?.warn(message),
      }),
      capabilities,
      // How long a B-tree entry gets depends on what stands beside a key and how well it compresses: the server decides.
      longestKey: 64 * 1024,
      connect: async () => source.connection,
      prefix,
      ...(settings.forceDerived !== undefined && { forceDerived: settings.forceDerived }),
      ...(settings.clock && { clock: settings.clock }),
    });
    this.schema = schema;
    this.readPool = options.readPool;
    this.source = source;
  }

  /** The pool given, or the one made from the options, which connects when it is used. */
  get pool(): PoolLike {
    return this.source.pool;
  }
}

/** Makes the pool at its first use. */
class PoolSource {
  private readonly options: ResolvedOptions;
  private made: PoolLike | undefined;
  private opened: PgConnection | undefined;

  constructor(options: ResolvedOptions) {
    this.options = options;
  }

  get pool(): PoolLike {
    const { pool } = this.options;
    this.made ??= "given" in pool ? pool.given : ownPool(pool.config);
    return this.made;
  }

  /** A little less than the client waits, so that it is the server that gives up and says so. Of our own pool only. */
  private get statementTimeout(): number | undefined {
    const { pool } = this.options;
    if ("given" in pool) return undefined;
    const { query_timeout: wait, statement_timeout: given } = pool.config;
    if (!wait || given !== undefined) return undefined;
    return Math.max(wait - 1000, Math.ceil(wait / 2));
  }

  get connection(): PgConnection {
    const { pool } = this;
    const isOwn = !("given" in this.options.pool);
    this.opened ??= new PgConnection({
      pool,
      readPool: this.options.readPool,
      end: async () => (isOwn ? pool.end?.() : undefined),
      preparedStatements: this.options.preparedStatements,
      statementTimeout: this.statementTimeout,
    });
    return this.opened;
  }
}

function ownPool(config: object): PoolLike {
  const pool = new pg.Pool(config);
  // Without a listener an idle client whose server goes away would end the process.
  pool.on("error", () => undefined);
  return pool as unknown as PoolLike;
}
