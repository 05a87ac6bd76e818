import type { Connection, ConnectionOptions } from "@lancedb/lancedb";

/** Where the database is: `uri`, or a `client` made by the caller. */
export interface LanceOptions {
  /** A folder, `memory://`, or an object store such as `s3://bucket/path`. */
  uri?: string;
  /** What `connect()` of `@lancedb/lancedb` takes besides. */
  connectionOptions?: Partial<ConnectionOptions>;
  /** A connection of your own, which the store never closes. */
  client?: Connection;
  /** What the names of tables begin with: letters, digits and underscores. Default: nothing. */
  prefix?: string;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly uri: string;
  readonly connectionOptions: Partial<ConnectionOptions>;
  readonly client: Connection | undefined;
  readonly prefix: string;
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * Checks the options without touching the database.
 *
 * @throws TypeError that says which option is wrong.
 */
export function resolveOptions(options: LanceOptions, name = "LanceStorage"): ResolvedOptions {
  const refuse = (what: string) => new TypeError(`${name}: ${what}`);
  const { uri = "", client, connectionOptions = {}, prefix = "" } = options ?? {};
  if (client === undefined && (typeof uri !== "string" || uri.trim() === "")) {
    throw refuse("uri or client must be provided.");
  }
  if (client !== undefined && typeof client.openTable !== "function") {
    throw refuse("client must be a connection of @lancedb/lancedb.");
  }
  if (prefix !== "" && !namePattern.test(prefix)) throw refuse("prefix may hold letters, digits and underscores only.");
  return Object.freeze({ uri, connectionOptions, client, prefix });
}
