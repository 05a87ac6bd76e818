import type { CloudflareClient, KVBinding } from "./clients.ts";
import { OperationLimit, usualLimit } from "./operation-limit.ts";

/** What a Worker's plan allows. */
export interface OperationOptions {
  /**
   * Operations that one invocation may make: what needs more is refused before anything is written. Default: 1,000 inside of
   * Workers, told by `navigator.userAgent`; any number elsewhere. The plan without cost has 50.
   */
  operationLimit?: number;
  /**
   * What stands for the invocation under way, its `ctx` for instance, or a function that gives it: all that stores ask for in
   * it is counted together. Default: each write is held against the limit by itself.
   */
  invocation?: object | (() => object | undefined);
}

/** In a Worker: one namespace for everything. */
export interface KVBindingOptions extends OperationOptions {
  binding: KVBinding;
  /** What all keys begin with. Default: nothing. */
  keyPrefix?: string;
}

/**
 * In a Worker: namespaces by the names of tables. A table without an entry of its own is kept in `default`, else beside the
 * other tables of its domain, else with the threads.
 */
export interface KVBindingsOptions extends OperationOptions {
  bindings: Readonly<Record<string, KVBinding>>;
  /** What all keys begin with. Default: nothing. */
  keyPrefix?: string;
}

/** From outside of Workers: Cloudflare's REST interface. */
export interface KVRestOptions {
  accountId: string;
  /** A token that may edit Workers KV. */
  apiToken: string;
  /** What the title of the namespace begins with; it goes on with `stowage`. Default: nothing. */
  namespacePrefix?: string;
}

/** The same through an instance of Cloudflare's own client. */
export interface KVClientOptions {
  client: CloudflareClient;
  accountId: string;
  namespacePrefix?: string;
}

export type CloudflareKVOptions = KVBindingOptions | KVBindingsOptions | KVRestOptions | KVClientOptions;

/** The options, checked. */
export type ResolvedOptions =
  | {
      readonly form: "binding";
      readonly bindings: Readonly<Record<string, KVBinding>>;
      readonly prefix: string;
      readonly limit: OperationLimit;
    }
  | {
      readonly form: "rest";
      readonly accountId: string;
      readonly access: { readonly apiToken: string } | { readonly client: CloudflareClient };
      readonly title: string;
    };

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
const isBinding = (value: unknown): value is KVBinding =>
  typeof (value as KVBinding | undefined)?.get === "function" && typeof (value as KVBinding).list === "function";
const isClient = (value: unknown): value is CloudflareClient =>
  (["get", "post", "put"] as const).every(
    (method) => typeof (value as CloudflareClient | null)?.[method] === "function",
  );

/**
 * Checks the options without touching a namespace. `mandatory` are the tables that need a namespace of their own or a default.
 *
 * @throws TypeError that says which option is wrong.
 */
export function resolveOptions(
  options: CloudflareKVOptions,
  { name = "CloudflareKVStorage", mandatory = [] as readonly string[] } = {},
): ResolvedOptions {
  const refuse = (what: string) => new TypeError(`${name}: ${what}`);
  const given: Readonly<Record<string, unknown>> = { ...options };
  if ("binding" in given || "bindings" in given) {
    const bindings = "binding" in given ? { default: given.binding } : given.bindings;
    if (typeof bindings !== "object" || bindings === null) throw refuse("Missing KV bindings: an object is required.");
    const known = bindings as Record<string, unknown>;
    if (!known.default) {
      const missing = mandatory.find((table) => !known[table]);
      if (missing !== undefined || Object.values(known).every((value) => !value)) {
        throw refuse(`Missing KV binding for table: ${missing ?? "default"}.`);
      }
    }
    for (const [table, binding] of Object.entries(known)) {
      if (binding && !isBinding(binding)) throw refuse(`Missing KV binding for table: ${table} has no namespace.`);
    }
    const prefix = given.keyPrefix ?? "";
    if (typeof prefix !== "string" || !/^[A-Za-z0-9_./-]{0,24}$/.test(prefix)) {
      throw refuse("keyPrefix may hold letters, digits and _ . / - only, 24 at most.");
    }
    const entries = Object.entries(known).filter((entry): entry is [string, KVBinding] => isBinding(entry[1]));
    const limit = operationLimit(given, refuse);
    return Object.freeze({ form: "binding", bindings: Object.fromEntries(entries), prefix, limit });
  }
  const { accountId, apiToken, client, namespacePrefix = "" } = given;
  if (!isText(accountId)) throw refuse("accountId is required.");
  if (client === undefined && !isText(apiToken)) throw refuse("apiToken is required.");
  if (typeof namespacePrefix !== "string") throw refuse("namespacePrefix must be a string.");
  if (client !== undefined && !isClient(client)) throw refuse("client must have get, post and put.");
  const access = client === undefined ? { apiToken: apiToken as string } : { client };
  return Object.freeze({ form: "rest", accountId, access, title: `${namespacePrefix}stowage` });
}

function operationLimit(
  { operationLimit: limit = usualLimit(), invocation }: Readonly<Record<string, unknown>>,
  refuse: (what: string) => TypeError,
): OperationLimit {
  if (typeof limit !== "number" || !(limit >= 1)) throw refuse("operationLimit must be a number of at least 1.");
  if (invocation === undefined) return new OperationLimit(limit);
  if (typeof invocation === "function") return new OperationLimit(limit, invocation as () => object | undefined);
  if (typeof invocation !== "object" || invocation === null) {
    throw refuse("invocation must be an object or a function that gives one.");
  }
  return new OperationLimit(limit, () => invocation);
}
