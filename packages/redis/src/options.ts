import type { RedisClient } from "./clients.ts";
import { keyBase, type RedisNamespaceOptions } from "./key-base.ts";

/** A server by its address. */
export interface RedisUrlOptions {
  /** `redis[s]://[[username][:password]@][host][:port][/db]`. */
  connectionString: string;
}

/** A server by its parts. */
export interface RedisHostOptions {
  host: string;
  /** Default 6379. */
  port?: number;
  password?: string;
  /** Number of the database. Default 0. */
  db?: number;
}

/** A client that the caller opens and closes. */
export interface RedisClientOptions {
  client: RedisClient;
}

export interface RedisClusterOptions {
  /**
   * What is in one slot of a cluster: a whole store. `scope`, a slot for each group of an index, has no effect, and is warned
   * of: a record stands in several groups, and what is in several slots cannot be written in one step. Stores with
   * prefixes of their own spread over a cluster.
   */
  hashTag?: "store" | "scope";
}

export type RedisOptions = (RedisUrlOptions | RedisHostOptions | RedisClientOptions) &
  RedisNamespaceOptions &
  RedisClusterOptions;

/** Where a server is. */
export interface ServerOptions {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly password?: string;
  readonly database?: number;
}

export type ResolvedOptions = { readonly base: string } & (
  | { readonly client: RedisClient; readonly server?: undefined }
  | { readonly client?: undefined; readonly server: ServerOptions }
);

/**
 * Checks options and fills in what they leave open. No I/O.
 *
 * @throws Error that says which option is missing or wrong.
 */
export function resolveOptions(options: RedisOptions, name = "RedisStore"): ResolvedOptions {
  const given = (options ?? {}) as Partial<RedisUrlOptions & RedisHostOptions & RedisClientOptions> &
    RedisNamespaceOptions;
  const base = keyBase(given, name);
  if (given.client !== undefined) {
    const { client } = given;
    if (typeof client !== "object" || client === null || !("call" in client || "sendCommand" in client)) {
      throw new Error(`${name}: client must be a connected client of redis or ioredis`);
    }
    return { base, client };
  }
  if (given.connectionString !== undefined) {
    const url = given.connectionString;
    if (typeof url !== "string" || url.trim() === "") {
      throw new Error(`${name}: connectionString must be provided and cannot be empty`);
    }
    // The address may hold a password: it is not repeated.
    if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
      throw new Error(`${name}: connectionString must be a redis:// or rediss:// address`);
    }
    return { base, server: { url } };
  }
  const { host, port = 6379, password, db = 0 } = given;
  if (typeof host !== "string" || host.trim() === "") {
    throw new Error(`${name}: invalid config. Provide either client, connectionString, or host`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${name}: port must be a number up to 65535`);
  if (!Number.isInteger(db) || db < 0) throw new Error(`${name}: db must be the number of a database`);
  return { base, server: { host, port, database: db, ...(password !== undefined && { password }) } };
}
