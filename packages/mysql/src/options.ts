import { prefixPattern } from "@stowage/sql";
import type { Pool as CorePool, PoolOptions, SslOptions } from "mysql2";
import type { Pool } from "mysql2/promise";
import type { PoolLike } from "./clients.ts";
import { columnPattern } from "./index-column.ts";

/** An index of your own, beside those that the store makes. */
export interface CreateIndexOptions {
  name: string;
  /** Name of the logical table, without prefix, such as `mastra_threads`. */
  table: string;
  /**
   * Column names; each may be followed by the number of characters to cover in brackets, and by `ASC` or `DESC`. Of a text
   * that takes part in no path the first 191 characters are covered unless you say otherwise.
   */
  columns: string[];
  unique?: boolean;
  /** Another kind than the usual tree. */
  kind?: "fulltext";
}

/** Everything but where the database is. */
export interface MySQLSettings {
  /** What the names of tables and indexes begin with: letters, digits and underscores. Default: nothing. */
  prefix?: string;
  /**
   * Takes over tables that another library filled: converts them once, after which that library can no longer write them.
   * Default `false`: such tables are refused.
   */
  adopt?: boolean;
  /** Build only the indexes that keep values unique. Results stay the same; walks get slower. Default `false`. */
  skipDefaultIndexes?: boolean;
  indexes?: CreateIndexOptions[];
}

/** A pool of `mysql2` of your own. It is never closed by the store. */
export interface MySQLPoolOptions extends MySQLSettings {
  pool: Pool | CorePool;
  /** Database that holds the tables. Default: that of the pool's sessions. */
  database?: string;
}

/** What the pools that the store makes itself take. */
export interface MySQLPoolSettings extends MySQLSettings {
  /** Most connections. Default 10. */
  max?: number;
  /** Whether a call waits when all are taken. Default `true`. */
  waitForConnections?: boolean;
  /** Most calls that wait; 0, the default, is any number. */
  queueLimit?: number;
  /** Milliseconds after which an unused connection is closed. Default 60,000. */
  idleTimeoutMillis?: number;
  /** Milliseconds to wait for a connection to be made. Default 10,000. */
  connectTimeout?: number;
  /** `true`: with the certificates that Node trusts. */
  ssl?: boolean | string | SslOptions;
}

export interface MySQLConnectionStringOptions extends MySQLPoolSettings {
  /** `mysql://user:password@host:port/database`; `mariadb://` is the same. */
  connectionString: string | undefined;
  /** Default: the database that the connection string names. */
  database?: string;
}

export interface MySQLHostOptions extends MySQLPoolSettings {
  host: string;
  /** Default 3306. */
  port?: number;
  user: string;
  password?: string;
  database: string;
}

export type MySQLOptions = MySQLPoolOptions | MySQLConnectionStringOptions | MySQLHostOptions;

/** The options with every default filled in. */
export interface ResolvedOptions {
  /** The pool given, or the configuration of the one to be made. */
  readonly pool: { readonly given: PoolLike } | { readonly config: PoolOptions };
  /** Where it is not the sessions' own. */
  readonly database: string | undefined;
  readonly prefix: string;
  readonly skipDefaultIndexes: boolean;
  readonly indexes: readonly CreateIndexOptions[];
}

type Loose = Record<string, unknown>;
type Refuse = (what: string) => Error;

const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/**
 * Checks the options without touching the database.
 *
 * @throws Error that says which option is wrong; it holds no value of any.
 */
export function resolveOptions(options: MySQLOptions, name = "MySQLStore"): ResolvedOptions {
  const given = (options ?? {}) as unknown as Loose;
  const refuse: Refuse = (what) => new Error(`${name}: ${what}`);
  const { prefix = "", indexes = [] } = given as MySQLSettings;
  if (typeof prefix !== "string" || (prefix !== "" && !prefixPattern.test(prefix))) {
    throw refuse("prefix may hold letters, digits and underscores only.");
  }
  if (!Array.isArray(indexes)) throw refuse("indexes must be a list.");
  for (const index of indexes) checkIndex(index, refuse);
  if (given.database !== undefined && isBlank(given.database)) {
    throw refuse("database must be provided and cannot be empty.");
  }
  const pool = poolOf(given, refuse);
  return Object.freeze({
    pool,
    database: "given" in pool ? (given.database as string | undefined) : undefined,
    prefix,
    skipDefaultIndexes: given.skipDefaultIndexes === true,
    indexes: Object.freeze(indexes.map((index) => Object.freeze({ ...index, columns: [...index.columns] }))),
  });
}

const isBlank = (value: unknown) => typeof value !== "string" || value.trim() === "";

function poolOf(given: Loose, refuse: Refuse): ResolvedOptions["pool"] {
  if ("pool" in given) {
    const pool = poolIn(given.pool);
    if (pool) return { given: pool };
    if (given.pool !== undefined) throw refuse("pool must be a pool of mysql2, with getConnection().");
    if (given.connectionString === undefined && given.host === undefined) {
      throw refuse("pool must be provided and cannot be empty.");
    }
  }
  const { connectionString } = given;
  if (connectionString !== undefined && isBlank(connectionString)) {
    throw refuse("connectionString must be provided and cannot be empty.");
  }
  if (connectionString !== undefined) return { config: fromString(connectionString as string, given, refuse) };
  const needed = ["host", "user", "database"];
  if (needed.some((key) => key in given) && !("connectionString" in given && given.host === undefined)) {
    for (const key of needed) if (isBlank(given[key])) throw refuse(`${key} must be provided and cannot be empty.`);
    const { host, port = 3306, user, password, database } = given as unknown as MySQLHostOptions;
    return { config: { ...limits(given), host, port, user, database, ...(password !== undefined && { password }) } };
  }
  if ("connectionString" in given) throw refuse("connectionString must be provided and cannot be empty.");
  throw refuse("invalid config. Provide either a pool, a connectionString, or host, user and database.");
}

function fromString(connectionString: string, given: Loose, refuse: Refuse): PoolOptions {
  let url: URL;
  try {
    url = new URL(connectionString);
  } catch {
    throw refuse("connectionString is no URL such as mysql://user:password@host:port/database.");
  }
  if (!["mysql:", "mariadb:"].includes(url.protocol)) {
    throw refuse("connectionString must begin with mysql:// or mariadb://.");
  }
  const database = (given.database as string | undefined) ?? decodeURIComponent(url.pathname.slice(1));
  if (isBlank(database)) throw refuse("database must be provided, in the connectionString or beside it.");
  url.protocol = "mysql:";
  return { ...limits(given), uri: url.href, database };
}

/** What the pool of `mysql2` takes. All statements of a batch travel together, which it has to be told. */
function limits(given: Loose): PoolOptions {
  const {
    max = 10,
    waitForConnections = true,
    queueLimit = 0,
    idleTimeoutMillis = 60_000,
    connectTimeout,
    ssl,
  } = given as MySQLPoolSettings;
  return {
    connectionLimit: max,
    waitForConnections,
    queueLimit,
    idleTimeout: idleTimeoutMillis,
    multipleStatements: true,
    charset: "utf8mb4",
    ...(connectTimeout !== undefined && { connectTimeout }),
    ...(ssl !== undefined && ssl !== false && { ssl: ssl === true ? {} : ssl }),
  };
}

/** A pool of callbacks; those of promises carry one. */
function poolIn(value: unknown): PoolLike | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { pool, getConnection } = value as { pool?: unknown; getConnection?: unknown };
  if (typeof pool === "object" && pool !== null) return poolIn(pool);
  return typeof getConnection === "function" ? (value as PoolLike) : undefined;
}

function checkIndex(index: unknown, refuse: Refuse): void {
  if (typeof index !== "object" || index === null) throw refuse("indexes must be a list of index options.");
  const { name, table, columns, kind } = index as Partial<CreateIndexOptions>;
  for (const [value, what] of [
    [name, "name"],
    [table, "table"],
  ] as const) {
    if (value === undefined) throw refuse(`${what} of an index must be provided.`);
    if (typeof value !== "string" || !identifier.test(value)) {
      throw refuse(`${what} of an index must be a plain identifier.`);
    }
  }
  if (
    !Array.isArray(columns) ||
    columns.length === 0 ||
    !columns.every((column) => columnPattern.test(String(column)))
  ) {
    throw refuse("columns of an index must be column names, each with a length and ASC or DESC at most.");
  }
  if (kind !== undefined && kind !== "fulltext") throw refuse("kind of an index is fulltext, or nothing.");
}
