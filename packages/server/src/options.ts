import type { Logger, MastraCompositeStore } from "@stowage/core";
import type { AuthOptions } from "./access/authenticate.ts";
import type { Principal } from "./access/principal.ts";
import type { CounterStore, RateLimits } from "./access/rate-limit.ts";
import type { BodyLimits } from "./api/body.ts";

/** One storage for everybody, or one for each tenant. */
export type StorageSource =
  | MastraCompositeStore
  | ((tenant: string | undefined) => MastraCompositeStore | undefined | Promise<MastraCompositeStore | undefined>);

export interface ServerOptions {
  /**
   * A storage, or a function that gives each tenant its own. With one storage a principal that names a tenant is refused;
   * with a function one whose tenant has no storage is.
   */
  storage: StorageSource;
  /** What stands before every route but health, metrics and OTLP. Default `/api`. */
  prefix?: string;
  /** How callers prove who they are. Without it the server listens on loopback only. */
  auth?: AuthOptions;
  /** Default `127.0.0.1`. Any other address needs `auth`, or `insecure`. */
  host?: string;
  /** Default 4111; 0 takes a free one. */
  port?: number;
  /** Lets a server without authentication listen beyond loopback. Default `false`. */
  insecure?: boolean;
  /** Origins of browsers that may call. Default none. */
  cors?: { origins: readonly string[]; credentials?: boolean };
  /** Defaults: 4 MiB of JSON, 16 MiB for imports and OTLP after decompression, 64 levels, 10,000 array members. */
  limits?: { jsonBytes?: number; importBytes?: number; depth?: number; items?: number };
  /** Budgets by kind of request. Default: none but 20 failed authentications a minute for each address. */
  rateLimits?: RateLimits;
  counters?: CounterStore;
  /** Takes the address of the caller from `X-Forwarded-For`, set by a proxy of yours. Default `false`. */
  trustProxy?: boolean;
  /** A request that takes longer is answered with 503. Default 30,000. */
  requestTimeoutMs?: number;
  /** How long `close()` waits for requests under way. Default 10,000. */
  drainTimeoutMs?: number;
  /** Refuses every write. Default `false`. */
  readOnly?: boolean;
  /** Accepts ids in a path's way (`/ ? # %`, spaces) on create. Default `false`: the official client does not encode them. */
  ids?: "path-safe" | "any";
  otlp?: OtlpOptions;
  /** Static files served below `path`, every unknown path as `index.html`: a single-page application on this server. */
  studio?: { root: string; path?: string };
  logger?: Logger;
  /** One line about each request, after it was answered. */
  onRequest?: (entry: RequestEntry) => void;
  /** Writes and exports, for an audit log. */
  onWrite?: (entry: AuditEntry) => void;
}

export interface OtlpOptions {
  /** Default `true`. */
  enabled?: boolean;
  /** Bytes of requests that may be on their way into the storage; more are answered with 503. Default 64 MiB. */
  queueBytes?: number;
}

export interface RequestEntry {
  requestId: string;
  method: string;
  /** Template, not the path: no ids. */
  route: string;
  status: number;
  milliseconds: number;
  principal?: string;
}

export interface AuditEntry {
  requestId: string;
  principal: Principal;
  method: string;
  route: string;
  params: Record<string, string>;
  status: number;
}

export interface ResolvedOptions extends ServerOptions {
  readonly prefix: string;
  readonly host: string;
  readonly port: number;
  readonly json: BodyLimits;
  readonly import: BodyLimits;
  readonly requestTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly readOnly: boolean;
}

const mebibyte = 1024 * 1024;

/** @throws TypeError for what cannot be. */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  const { storage, prefix = "/api", limits = {}, host = "127.0.0.1", port = 4111 } = options;
  if (!storage) throw new TypeError("storage must be given");
  if (prefix !== "" && !/^(\/[\w.-]+)+$/.test(prefix)) throw new TypeError("prefix must look like /api");
  if (options.cors?.origins.includes("*")) throw new TypeError("cors.origins must name each origin");
  const { jsonBytes = 4 * mebibyte, importBytes = 16 * mebibyte, depth = 64, items = 10_000 } = limits;
  return Object.freeze({
    ...options,
    prefix,
    host,
    port,
    json: { bytes: jsonBytes, depth, items },
    import: { bytes: importBytes, depth, items },
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    drainTimeoutMs: options.drainTimeoutMs ?? 10_000,
    readOnly: options.readOnly ?? false,
  });
}

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host);

/** @throws TypeError when the server would be open to others. */
export function checkBinding({ host, auth, insecure }: ResolvedOptions, hasAuth: boolean): void {
  if (hasAuth || insecure || isLoopback(host)) return;
  throw new TypeError(
    `a server without authentication listens on loopback only, not on ${host}: configure auth${auth ? " with at least one credential" : ""}, or set insecure`,
  );
}
