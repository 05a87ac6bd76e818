import { prefixPattern } from "@stowage/sql";
import type { ClientConfig, Pool, PoolConfig } from "pg";
import type { PoolLike } from "./clients.ts";
import { isPglite, pgliteAsPool } from "./pglite.ts";

/** An index of your own, beside those that the store makes. */
export interface CreateIndexOptions {
  name: string;
  /** Name of the logical table, without prefix and schema, such as `mastra_threads`. */
  table: string;
  /** Column names; each may be followed by `ASC` or `DESC` and by `NULLS FIRST` or `NULLS LAST`. */
  columns: string[];
  unique?: boolean;
  /** Build it beside writers. Default `true`. */
  concurrent?: boolean;
  /** Condition of a partial index, as SQL. It goes into the statement as it is. */
  where?: string;
  method?: "btree" | "hash" | "gin" | "gist" | "spgist" | "brin";
  /** Operator class for all columns. */
  opclass?: string;
  /** Storage parameters, such as `{ fillfactor: 90 }`. */
  storage?: Record<string, string | number | boolean>;
  tablespace?: string;
}

/** Everything but where the database is. */
export interface PostgresSettings {
  /** Schema that holds the tables. Made when it is missing. Default `public`. */
  schemaName?: string;
  /** What the names of tables and indexes begin with: letters, digits and underscores. Default: nothing. */
  prefix?: string;
  /**
   * Convert tables that another library filled, once, and use them from then on; that library can then no longer write them.
   * Default `false`: such tables are refused.
   */
  adopt?: boolean;
  /** Build only the indexes that keep values unique. Results stay the same; walks get slower. Default `false`. */
  skipDefaultIndexes?: boolean;
  indexes?: CreateIndexOptions[];
  /**
   * A pool on a replica, never closed by the store. Reads go there once it has everything that this store has written or
   * been refused for; until then, and while it is away, to the writer.
   */
  readPool?: Pool | PoolLike;
  /**
   * Whether statements that recur are kept prepared on their connections, on all or on none. Default: on those that go
   * straight to a server; behind a pooler in transaction mode a statement would be looked for on the wrong server, unless the
   * pooler follows prepared statements.
   */
  preparedStatements?: boolean;
}

/** A pool of your own. It is never closed by the store. */
export interface PostgresPoolOptions extends PostgresSettings {
  pool: Pool | PoolLike;
}

/** The same under its newer name. */
export interface PostgresWritePoolOptions extends PostgresSettings {
  writePool: Pool | PoolLike;
}

/** A client of another library of the family that carries its pool, or an instance of PGlite. Never closed by the store. */
export interface PostgresClientOptions extends PostgresSettings {
  client: object;
}

type Limits = Pick<
  PoolConfig,
  "ssl" | "max" | "idleTimeoutMillis" | "connectionTimeoutMillis" | "query_timeout" | "statement_timeout"
>;

export interface PostgresConnectionStringOptions extends PostgresSettings, Limits {
  connectionString: string | undefined;
}

export interface PostgresHostOptions extends PostgresSettings, Limits {
  host: string;
  port?: number;
  database: string;
  user: string;
  password: string;
}

/** Any configuration of the `pg` client with a `stream` or a password function, as connectors of cloud databases give. */
export interface PostgresClientConfigOptions extends PostgresSettings, ClientConfig, Limits {}

export type PostgresOptions =
  | PostgresPoolOptions
  | PostgresWritePoolOptions
  | PostgresClientOptions
  | PostgresConnectionStringOptions
  | PostgresHostOptions
  | PostgresClientConfigOptions;

/** The options with every default filled in. */
export interface ResolvedOptions {
  /** The pool given, or the configuration of the one to be made. */
  readonly pool: { readonly given: PoolLike } | { readonly config: PoolConfig };
  readonly readPool: PoolLike | undefined;
  readonly schema: string;
  readonly prefix: string;
  readonly skipDefaultIndexes: boolean;
  readonly indexes: readonly CreateIndexOptions[];
  readonly preparedStatements: boolean | undefined;
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const own = ["schemaName", "prefix", "skipDefaultIndexes", "indexes", "preparedStatements"].concat([
  "id",
  "disableInit",
  "retention",
  "adopt",
  "clock",
  "pool",
  "writePool",
  "readPool",
  "client",
]);

type Loose = Record<string, unknown>;

/**
 * Checks the options without touching the database.
 *
 * @throws Error that says which option is wrong; it holds no value of any.
 */
export function resolveOptions(options: PostgresOptions, name = "PostgresStore"): ResolvedOptions {
  const given = (options ?? {}) as Loose;
  const refuse = (what: string) => new Error(`${name}: ${what}`);
  const { schemaName = "public", prefix = "", indexes = [] } = given as PostgresSettings;
  if (typeof schemaName !== "string" || !identifier.test(schemaName)) {
    throw refuse("schemaName must be a plain identifier of at most 63 letters, digits and underscores.");
  }
  if (typeof prefix !== "string" || (prefix !== "" && !prefixPattern.test(prefix))) {
    throw refuse("prefix may hold letters, digits and underscores only.");
  }
  if (!Array.isArray(indexes)) throw refuse("indexes must be a list.");
  for (const index of indexes) checkIndex(index, refuse);
  const readPool = given.readPool === undefined ? undefined : poolIn(given.readPool);
  if (given.readPool !== undefined && !readPool) {
    throw refuse("readPool must be a pool, such as one of pg, with connect().");
  }
  return Object.freeze({
    pool: poolOf(given, refuse),
    readPool,
    schema: schemaName,
    prefix,
    skipDefaultIndexes: given.skipDefaultIndexes === true,
    indexes: Object.freeze(indexes.map((index) => Object.freeze({ ...index, columns: [...index.columns] }))),
    preparedStatements: typeof given.preparedStatements === "boolean" ? given.preparedStatements : undefined,
  });
}

function poolOf(given: Loose, refuse: (what: string) => Error): ResolvedOptions["pool"] {
  for (const key of ["pool", "writePool", "client"]) {
    if (!(key in given)) continue;
    const pool = poolIn(given[key]);
    if (pool) return { given: pool };
    if (given[key] !== undefined) throw refuse(`${key} must be a pool, such as one of pg, with connect().`);
    if (!hasAddress(given)) throw refuse(`${key} must be provided and cannot be empty.`);
  }
  const blank = (value: unknown) => typeof value !== "string" || value.trim() === "";
  const { connectionString } = given;
  const isConfig = typeof given.stream === "function" || typeof given.password === "function" || isObject(given.stream);
  const isHost = ["host", "database", "user", "password"].some((key) => key in given);
  const warning = "Blank values would fall back to the local defaults of libpq.";
  if (connectionString !== undefined && blank(connectionString)) {
    throw refuse(`connectionString must be provided and cannot be empty. ${warning}`);
  }
  if (isConfig && connectionString === undefined) {
    for (const key of ["host", "database", "user"]) {
      if (given[key] !== undefined && blank(given[key])) {
        throw refuse(`${key} must be provided and cannot be empty. ${warning}`);
      }
    }
  }
  if (connectionString !== undefined || isConfig) return { config: configOf(given) };
  if (isHost) {
    for (const key of ["host", "database", "user", "password"]) {
      if (blank(given[key])) {
        if ("connectionString" in given && given.host === undefined) break;
        throw refuse(`${key} must be provided and cannot be empty. ${warning}`);
      }
      if (key === "password") return { config: configOf(given) };
    }
  }
  if ("connectionString" in given) throw refuse(`connectionString must be provided and cannot be empty. ${warning}`);
  throw refuse(
    "invalid config. Provide either a pool, a connectionString, or host, database, user and password, or a configuration of the pg client with stream or a password function.",
  );
}

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const hasAddress = (given: Loose) => given.connectionString !== undefined || given.host !== undefined;

/** A pool, or what stands for one: a client that carries its pool, or a database in this process. */
function poolIn(value: unknown): PoolLike | undefined {
  if (!isObject(value)) return undefined;
  if (isPglite(value)) return pgliteAsPool(value);
  if (typeof value.connect === "function") return value as unknown as PoolLike;
  if (isObject(value.$pool) && typeof value.$pool.connect === "function") return value.$pool as unknown as PoolLike;
  return undefined;
}

/** What the pool of `pg` takes. Nothing is sent at the start of a session that a pooler could refuse. */
function configOf(given: Loose): PoolConfig {
  const rest = Object.fromEntries(
    Object.entries(given).filter(([key, value]) => !own.includes(key) && value !== undefined),
  );
  return {
    max: 20,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 30_000,
    query_timeout: 120_000,
    keepAlive: true,
    ...rest,
  };
}

const columnPattern = /^[A-Za-z_][A-Za-z0-9_]*(\s+(ASC|DESC))?(\s+NULLS\s+(FIRST|LAST))?$/i;

function checkIndex(index: unknown, refuse: (what: string) => Error): void {
  if (!isObject(index)) throw refuse("indexes must be a list of index options.");
  const { name, table, columns, method, opclass, tablespace, storage } =
    index as unknown as Partial<CreateIndexOptions>;
  const plain = (value: unknown, what: string) => {
    if (value !== undefined && (typeof value !== "string" || !identifier.test(value))) {
      throw refuse(`${what} of an index must be a plain identifier.`);
    }
  };
  for (const [value, what] of [
    [name, "name"],
    [table, "table"],
  ] as const) {
    if (value === undefined) throw refuse(`${what} of an index must be provided.`);
    plain(value, what);
  }
  plain(opclass, "opclass");
  plain(tablespace, "tablespace");
  for (const key of Object.keys(storage ?? {})) plain(key, "storage");
  if (
    !Array.isArray(columns) ||
    columns.length === 0 ||
    !columns.every((column) => columnPattern.test(String(column)))
  ) {
    throw refuse("columns of an index must be column names, each with ASC or DESC at most.");
  }
  if (method !== undefined && !["btree", "hash", "gin", "gist", "spgist", "brin"].includes(method)) {
    throw refuse("method of an index is btree, hash, gin, gist, spgist or brin.");
  }
}
