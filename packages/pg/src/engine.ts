import type { Clock } from "@stowage/core/engine";
import { type PostgresOptions as Placement, postgresDialect, postgresStrategy, SqlEngine } from "@stowage/sql";
import { capabilities } from "./capabilities.ts";
import type { PoolLike } from "./clients.ts";
import { PgConnection } from "./connection.ts";
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
export function postgresEngine(options: PostgresOptions, settings: PostgresEngineSettings = {}): PostgresEngine {
  return new PostgresEngine(resolveOptions(options), settings);
}

/** The SQL engine with the pool it works on, for people who want to use the same connections. */
export class PostgresEngine extends SqlEngine {
  private readonly source: PoolSource;

  constructor(options: ResolvedOptions, settings: PostgresEngineSettings = {}) {
    const source = new PoolSource(options);
    const { schema, prefix, skipDefaultIndexes } = options;
    const placement: Placement = {
      schema,
      prefix,
      skipDefaultIndexes,
      transaction: async (work, call) => (await source.connect()).transaction(work, call),
    };
    super({
      name: "pg",
      dialect: postgresDialect({ schema, violation, translate }),
      strategy: postgresStrategy(placement),
      capabilities,
      // How long a B-tree entry gets depends on what stands beside a key and how well it compresses: the server decides.
      longestKey: 64 * 1024,
      connect: () => source.connect(),
      prefix,
      ...(settings.forceDerived !== undefined && { forceDerived: settings.forceDerived }),
      ...(settings.clock && { clock: settings.clock }),
    });
    this.source = source;
  }

  /** The pool given, or the one made from the options, which is made now if it was not needed before. */
  pool(): Promise<PoolLike> {
    return this.source.pool();
  }
}

/** Opens the pool at its first use. */
class PoolSource {
  private readonly options: ResolvedOptions;
  private opened: Promise<PoolLike> | undefined;
  private connection: Promise<PgConnection> | undefined;

  constructor(options: ResolvedOptions) {
    this.options = options;
  }

  pool(): Promise<PoolLike> {
    const { pool } = this.options;
    this.opened ??= "given" in pool ? Promise.resolve(pool.given) : makePool(pool.config);
    return this.opened;
  }

  connect(): Promise<PgConnection> {
    this.connection ??= this.pool().then((pool) => {
      const isOwn = !("given" in this.options.pool);
      return new PgConnection({
        pool,
        end: async () => (isOwn ? pool.end?.() : undefined),
        preparedStatements: this.options.preparedStatements,
      });
    });
    return this.connection;
  }
}

async function makePool(config: object): Promise<PoolLike> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool(config);
  // Without a listener an idle client whose server goes away would end the process.
  pool.on("error", () => undefined);
  return pool as unknown as PoolLike;
}
