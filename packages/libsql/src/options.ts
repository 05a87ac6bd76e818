import type { Client } from "@libsql/client";
import { prefixPattern } from "@stowage/sql";

/** Where the database is and how it is reached: `url`, or a `client` made by the caller. */
export interface LibSQLOptions {
  /**
   * `file:path.db`, `:memory:`, `file::memory:?cache=shared`, or `libsql:`, `https:`, `http:`, `wss:` and `ws:` for a server.
   * Anything that holds `:memory:` lives in this process and is gone when it ends or the store is closed.
   */
  url?: string;
  /** Token for a server. Of no use beside a `file:` url without `syncUrl`. */
  authToken?: string;
  /** A client from `@libsql/client` 0.18 or newer, instead of `url`. It is never closed by the store. */
  client?: Client;
  /** Server that a `file:` url replicates. Writes go to that server. */
  syncUrl?: string;
  /** Seconds between synchronisations of a replica. Default: only when asked. */
  syncInterval?: number;
  /** How often a call starts over after it found the database locked. Default 5. */
  maxRetries?: number;
  /** Longest pause before the first of these, in milliseconds; it doubles each time. Default 100. */
  initialBackoffMs?: number;
  /** How long each try waits for the lock of a local file, in milliseconds. Default 5000. All tries together: 15 seconds. */
  connectionTimeoutMs?: number;
  /** Memory for a local file: `cacheSize` as in SQLite (negative: KiB, default -16000), `mmapSize` in bytes (default 128 MiB). */
  localPragmas?: { cacheSize?: number; mmapSize?: number };
  /** Journal of a local file. Default `wal`. `delete` for a file on a network share, where WAL is not safe. */
  journalMode?: "wal" | "delete" | "truncate";
  /**
   * What an acknowledged write survives: `normal` the death of this process, and in WAL mode not always a power cut (the
   * file stays sound, the last writes may be gone); `full` both, with a sync of the disk at each commit. Default `normal`.
   */
  durability?: "normal" | "full";
  /**
   * Takes over tables that another library filled (Mastra's own libSQL store, above all): converts them once, after which
   * that library can no longer write them. Without it, such tables are refused. Default `false`.
   */
  adopt?: boolean;
  /** What the names of tables and indexes begin with: letters, digits and underscores. Default: nothing. */
  prefix?: string;
}

/** The kinds of database behind the options. */
export type Target = "memory" | "file" | "replica" | "remote" | "client";

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly target: Target;
  readonly url: string;
  readonly authToken: string | undefined;
  readonly client: Client | undefined;
  readonly syncUrl: string | undefined;
  readonly syncInterval: number | undefined;
  readonly patience: { readonly tries: number; readonly backoff: number; readonly perTry: number };
  readonly cacheSize: number;
  readonly mmapSize: number;
  readonly journalMode: "wal" | "delete" | "truncate";
  readonly durability: "normal" | "full";
  readonly prefix: string;
}

const remoteSchemes = ["libsql:", "https:", "http:", "wss:", "ws:"];

/**
 * Checks the options without touching the database.
 *
 * @throws TypeError that says which option is wrong.
 */
export function resolveOptions(options: LibSQLOptions, name = "LibSQLStore"): ResolvedOptions {
  const { url = "", client, prefix = "", journalMode = "wal", durability = "normal" } = options;
  const refuse = (what: string) => new TypeError(`${name}: ${what}`);
  if (client === undefined && url.trim() === "") throw refuse("url or client must be provided.");
  if (client !== undefined && typeof client.batch !== "function")
    throw refuse("client has no batch(); give one of @libsql/client.");
  if (client !== undefined && url !== "") throw refuse("give either url or client, not both.");
  const target = client ? "client" : targetOf(url, options.syncUrl, refuse);
  if (options.syncUrl !== undefined && target !== "replica") throw refuse("syncUrl needs a file: url.");
  if (prefix !== "" && !prefixPattern.test(prefix))
    throw refuse("prefix may hold letters, digits and underscores only.");
  if (!["wal", "delete", "truncate"].includes(journalMode)) throw refuse("journalMode is wal, delete or truncate.");
  if (!["normal", "full"].includes(durability)) throw refuse("durability is normal or full.");
  const number = (value: number | undefined, otherwise: number, option: string) => {
    if (value === undefined) return otherwise;
    if (!Number.isFinite(value) || value < 0) throw refuse(`${option} must be a number from 0 on.`);
    return value;
  };
  const { cacheSize = -16_000, mmapSize } = options.localPragmas ?? {};
  if (!Number.isSafeInteger(cacheSize)) throw refuse("localPragmas.cacheSize must be a whole number.");
  return Object.freeze({
    target,
    url,
    authToken: options.authToken,
    client,
    syncUrl: options.syncUrl,
    syncInterval: options.syncInterval,
    patience: Object.freeze({
      tries: 1 + number(options.maxRetries, 5, "maxRetries"),
      backoff: number(options.initialBackoffMs, 100, "initialBackoffMs"),
      perTry: number(options.connectionTimeoutMs, 5000, "connectionTimeoutMs"),
    }),
    cacheSize,
    mmapSize: Math.floor(number(mmapSize, 134_217_728, "localPragmas.mmapSize")),
    journalMode,
    durability,
    prefix,
  });
}

function targetOf(url: string, syncUrl: string | undefined, refuse: (what: string) => TypeError): Target {
  if (url.includes(":memory:") || /^file:[^?]*\?(.*&)?mode=memory(&|$)/.test(url)) return "memory";
  if (url.startsWith("file:")) return syncUrl === undefined ? "file" : "replica";
  if (remoteSchemes.some((scheme) => url.startsWith(scheme))) return "remote";
  throw refuse(`url must begin with file:, :memory:, ${remoteSchemes.join(", ")}; it was given without one of them.`);
}
