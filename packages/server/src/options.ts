import type { Logger, MastraCompositeStore } from "@stowage/core";
import type { PriceTable, SensitiveDataFilter, SensitiveDataOptions } from "@stowage/observability";
import type { AuthOptions } from "./access/authenticate.ts";
import type { Principal } from "./access/principal.ts";
import type { CounterStore, RateLimits } from "./access/rate-limit.ts";
import type { BodyLimits } from "./api/body.ts";
import type { Route } from "./api/route.ts";
import type { UpstreamOptions } from "./api/upstream.ts";

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
  /** Where routes that need a runtime, and routes that nobody here knows, are answered. Default: they are refused with 501 and 404. */
  upstream?: UpstreamOptions;
  /** Routes of your own below the prefix, made with `route()`: they are validated, guarded and documented like all others. */
  routes?: readonly Route[];
  /** What is answered when a budget is used up. The official client repeats a 503 and never a 429. Default `429`. */
  overload?: "429" | "503";
  /** Tells in `Server-Timing` how long a request took. For development. Default `false`. */
  serverTiming?: boolean;
  /** One line about each request, after it was answered. */
  onRequest?: (entry: RequestEntry) => void;
  /** What failed on our side, with the error as it was; the caller sees none of it. */
  onError?: (error: unknown, about: { requestId: string; status: number }) => void;
  /** Writes, imports and exports, done or refused, for an audit log. */
  onWrite?: (entry: AuditEntry) => void;
}

export interface OtlpOptions {
  /** Default `true`. */
  enabled?: boolean;
  /** Bytes of requests that may be on their way into the storage; more are answered with 503. Default 64 MiB. */
  queueBytes?: number;
  /** What is hidden before spans are kept. Default: nothing, they are kept as they came; `{}` hides the usual secrets. */
  sensitiveData?: SensitiveDataOptions | SensitiveDataFilter | false;
  /** Prices for the cost of model calls. Default: none, and no cost is written. */
  prices?: PriceTable;
  /** A port of its own on the same host, as exporters expect 4318. Default: the server's port alone. */
  port?: number;
}

export interface RequestEntry {
  requestId: string;
  method: string;
  /** Template, not the path: no ids. */
  route: string;
  status: number;
  milliseconds: number;
  /** Of these, how long the route's own work took: the calls of the storage, nearly all of it. */
  storageMilliseconds?: number;
  /** Bytes of the answer before compression; absent for streams. */
  bytes?: number;
  principal?: string;
  /** Of the caller's `traceparent`. */
  traceId?: string;
}

export interface AuditEntry {
  requestId: string;
  principal: Principal;
  method: string;
  route: string;
  params: Record<string, string>;
  /** Of the answer; of an export or import that of its beginning. */
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
  if (options.upstream && !/^https?:\/\//.test(options.upstream.url))
    throw new TypeError("upstream.url must be an address");
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
