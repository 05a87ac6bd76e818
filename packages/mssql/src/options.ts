import { prefixPattern } from "@stowage/sql";
import sql, { type ConnectionPool, type config as PoolConfig } from "mssql";
import type { PoolLike } from "./clients.ts";

/** An index of your own, beside those that the store makes. */
export interface CreateIndexOptions {
  name: string;
  /** Name of the logical table, without prefix and schema, such as `mastra_threads`. */
  table: string;
  /** Column names; each may be followed by `ASC` or `DESC`. */
  columns: string[];
  /** Columns that the index carries beside its order. */
  include?: string[];
  unique?: boolean;
  /** Condition of a filtered index, as SQL. It goes into the statement as it is. */
  where?: string;
}

/** Everything but where the database is. */
export interface MSSQLSettings {
  /** Schema that holds the tables. Made when it is missing. Default `dbo`. */
  schemaName?: string;
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

/** A pool of your own, connected or not. It is never closed by the store. */
export interface MSSQLPoolOptions extends MSSQLSettings {
  pool: ConnectionPool | PoolLike;
}

export interface MSSQLConnectionStringOptions extends MSSQLSettings {
  /** As ADO.NET has it: `Server=host,1433;Database=db;User Id=user;Password=secret;Encrypt=true`. */
  connectionString: string | undefined;
}

export interface MSSQLServerOptions extends MSSQLSettings {
  server: string;
  /** Default 1433. */
  port?: number;
  database: string;
  user: string;
  password: string;
  /**
   * Options of the driver, and as `pool` the sizes of the pool. Unless they say otherwise the connection is encrypted and the
   * certificate verified, but for loopback hosts.
   */
  options?: PoolConfig["options"] & { pool?: PoolConfig["pool"] };
}

export type MSSQLOptions = MSSQLPoolOptions | MSSQLConnectionStringOptions | MSSQLServerOptions;

/** The options with every default filled in. */
export interface ResolvedOptions {
  /** The pool given, or the configuration of the one to be made. */
  readonly pool: { readonly given: PoolLike } | { readonly config: PoolConfig };
  readonly schema: string;
  readonly prefix: string;
  readonly skipDefaultIndexes: boolean;
  readonly indexes: readonly CreateIndexOptions[];
}

type Loose = Record<string, unknown>;
type Refuse = (what: string) => Error;

const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const own = ["schemaName", "prefix", "skipDefaultIndexes", "indexes", "id", "disableInit", "retention", "adopt"].concat(
  ["clock", "logger", "pool", "connectionString"],
);

/**
 * Checks the options without touching the database.
 *
 * @throws Error that says which option is wrong; it holds no value of any.
 */
export function resolveOptions(options: MSSQLOptions, name = "MSSQLStore"): ResolvedOptions {
  const given = (options ?? {}) as unknown as Loose;
  const refuse: Refuse = (what) => new Error(`${name}: ${what}`);
  const { schemaName = "dbo", prefix = "", indexes = [] } = given as MSSQLSettings;
  if (typeof schemaName !== "string" || !identifier.test(schemaName)) {
    throw refuse("schemaName must be a plain identifier of at most 128 letters, digits and underscores.");
  }
  if (typeof prefix !== "string" || (prefix !== "" && !prefixPattern.test(prefix))) {
    throw refuse("prefix may hold letters, digits and underscores only.");
  }
  if (!Array.isArray(indexes)) throw refuse("indexes must be a list.");
  for (const index of indexes) checkIndex(index, refuse);
  return Object.freeze({
    pool: poolOf(given, refuse),
    schema: schemaName,
    prefix,
    skipDefaultIndexes: given.skipDefaultIndexes === true,
    indexes: Object.freeze(indexes.map((index) => Object.freeze({ ...index, columns: [...index.columns] }))),
  });
}

const address = ["server", "database", "user", "password"];
const blank = (value: unknown) => typeof value !== "string" || value.trim() === "";
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;

function poolOf(given: Loose, refuse: Refuse): ResolvedOptions["pool"] {
  const missing = (what: string) => refuse(`${what} must be provided and cannot be empty.`);
  const isAddress = !address.some((key) => blank(given[key]));
  if ("pool" in given) {
    const { pool } = given;
    if (isObject(pool) && typeof pool.request === "function" && typeof pool.connect === "function") {
      return { given: pool as unknown as PoolLike };
    }
    if (pool !== undefined || (given.connectionString === undefined && !isAddress)) {
      throw refuse("pool must be a ConnectionPool of mssql.");
    }
  }
  const { connectionString } = given;
  if (connectionString !== undefined) {
    if (blank(connectionString)) throw missing("connectionString");
    return { config: parsed(connectionString as string, given, refuse) };
  }
  if (isAddress) return { config: withDefaults(restOf(given)) };
  if ("connectionString" in given && given.server === undefined) throw missing("connectionString");
  for (const key of address) {
    if (address.some((other) => other in given) && blank(given[key])) throw missing(key);
  }
  throw refuse("invalid config. Provide either a pool, a connectionString, or server, database, user and password.");
}

/** What is not an option of the store is one of the client. */
const restOf = (given: Loose): Loose =>
  Object.fromEntries(Object.entries(given).filter(([key, value]) => !own.includes(key) && value !== undefined));

function parsed(connectionString: string, given: Loose, refuse: Refuse): PoolConfig {
  let config: PoolConfig;
  try {
    config = sql.ConnectionPool.parseConnectionString(connectionString) as PoolConfig;
  } catch {
    // What the parser says may hold a part of the string.
    throw refuse(
      "connectionString cannot be read. Write it as Server=host,1433;Database=db;User Id=user;Password=secret.",
    );
  }
  if (blank(config.server)) throw refuse("connectionString must be provided with a server.");
  const options = { ...config.options, ...(isObject(given.options) ? given.options : {}) };
  return withDefaults({ ...config, ...restOf(given), options });
}

/** Encrypts, and trusts the certificate of nobody but this machine, unless that is said. */
function withDefaults(config: Loose): PoolConfig {
  const { options, ...rest } = config as { options?: Loose; server: string } & Loose;
  const { pool, ...driver } = options ?? {};
  const { encrypt = true, trustServerCertificate = isLoopback(rest.server) } = rest;
  return {
    requestTimeout: 120_000,
    // A connection is looked at, and no statement sent to try it.
    validateConnection: "socket",
    ...rest,
    ...(isObject(pool) && { pool }),
    options: { encrypt, trustServerCertificate, ...driver, useUTC: true },
  } as unknown as PoolConfig;
}

const isLoopback = (server: string) =>
  /^(\(?local\)?|localhost|127(\.\d{1,3}){3}|::1|\[::1\]|\.)$/i.test(server.split("\\")[0] as string);

const columnPattern = /^[A-Za-z_][A-Za-z0-9_]*(\s+(ASC|DESC))?$/i;

function checkIndex(index: unknown, refuse: Refuse): void {
  if (!isObject(index)) throw refuse("indexes must be a list of index options.");
  const { name, table, columns, include, where } = index as unknown as Partial<CreateIndexOptions>;
  for (const [value, what] of [
    [name, "name"],
    [table, "table"],
  ] as const) {
    if (value === undefined) throw refuse(`${what} of an index must be provided.`);
    if (typeof value !== "string" || !identifier.test(value)) {
      throw refuse(`${what} of an index must be a plain identifier.`);
    }
  }
  const isList = (list: unknown, pattern: RegExp) =>
    Array.isArray(list) && list.length > 0 && list.every((column) => pattern.test(String(column)));
  if (!isList(columns, columnPattern)) {
    throw refuse("columns of an index must be column names, each with ASC or DESC at most.");
  }
  if (include !== undefined && !isList(include, identifier)) throw refuse("include of an index must be column names.");
  if (where !== undefined && typeof where !== "string") throw refuse("where of an index must be a text.");
}
