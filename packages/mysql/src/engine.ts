import { createHash } from "node:crypto";
import type { Clock } from "@stowage/core/engine";
import { mysqlDialect, mysqlStrategy, SqlEngine } from "@stowage/sql";
import mysql from "mysql2";
import { capabilities } from "./capabilities.ts";
import type { PoolLike } from "./clients.ts";
import { MysqlConnection } from "./connection.ts";
import { customIndex } from "./custom-index.ts";
import { isThere, translate, violation } from "./errors.ts";
import { type MySQLOptions, type ResolvedOptions, resolveOptions } from "./options.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface MySQLEngineSettings {
  /** Evaluates filters and aggregates on the rows walked, for tests that compare the two. Default `false`. */
  readonly forceDerived?: boolean;
  readonly clock?: Pick<Clock, "sequence">;
  /** Takes the lines about what does not keep the store from working. */
  readonly logger?: { warn(message: string): void };
}

/** The engine on MySQL and MariaDB. Making it opens nothing. */
export const mysqlEngine = (options: MySQLOptions, settings: MySQLEngineSettings = {}): MySQLEngine =>
  new MySQLEngine(resolveOptions(options), settings);

/** The SQL engine with the pool it works on, for people who want to use the same connections. */
export class MySQLEngine extends SqlEngine {
  private readonly source: PoolSource;

  constructor(options: ResolvedOptions, settings: MySQLEngineSettings = {}) {
    const source = new PoolSource(options);
    const { database, prefix, skipDefaultIndexes, indexes } = options;
    super({
      name: "mysql",
      dialect: mysqlDialect({ digest, database, namesIndexes: !skipDefaultIndexes, violation, translate }),
      strategy: mysqlStrategy({
        database,
        prefix,
        skipDefaultIndexes,
        customIndexes: indexes.map(customIndex),
        session: (work, call) => source.connection.session(work, call),
        isThere,
        warn: (message) => settings.logger?.warn(message),
      }),
      capabilities,
      // What is longer than an index takes lies beside it.
      longestKey: capabilities.maxValueBytes,
      connect: async () => source.connection,
      prefix,
      ...(settings.forceDerived !== undefined && { forceDerived: settings.forceDerived }),
      ...(settings.clock && { clock: settings.clock }),
    });
    this.source = source;
  }

  /** The pool given, or the one made from the options, which connects when it is used. */
  get pool(): PoolLike {
    return this.source.pool;
  }
}

const digest = (text: string) => createHash("sha256").update(text).digest("base64url");

/** Makes the pool at its first use. */
class PoolSource {
  private readonly options: ResolvedOptions;
  private made: PoolLike | undefined;
  private opened: MysqlConnection | undefined;

  constructor(options: ResolvedOptions) {
    this.options = options;
  }

  get pool(): PoolLike {
    const { pool } = this.options;
    this.made ??= "given" in pool ? pool.given : (mysql.createPool(pool.config) as unknown as PoolLike);
    return this.made;
  }

  get connection(): MysqlConnection {
    this.opened ??= new MysqlConnection({ pool: this.pool, isOwn: "config" in this.options.pool });
    return this.opened;
  }
}
