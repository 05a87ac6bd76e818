import type { D1Binding, D1Client } from "./clients.ts";

interface CommonOptions {
  /** What the names of tables and indexes begin with: letters, digits and underscores. Default: nothing. */
  tablePrefix?: string;
  /**
   * Takes over tables that another library filled: converts them once, after which that library can no longer write them.
   * Without it, such tables are refused. Default `false`.
   */
  adopt?: boolean;
}

/** In a Worker: the binding of the database. */
export interface D1BindingOptions extends CommonOptions {
  binding: D1Binding;
  /** Where a session of the database is to go on, as a former `store.bookmark` said. Default: at the primary, now. */
  bookmark?: string;
}

/** Any client of one's own that can run a statement. */
export interface D1ClientOptions extends CommonOptions {
  client: D1Client;
}

/** From outside of Workers: Cloudflare's REST interface. */
export interface D1RestOptions extends CommonOptions {
  accountId: string;
  databaseId: string;
  /** A token that may edit the database. */
  apiToken: string;
}

/** Where the database is: a Worker's `binding`, a `client`, or the address of the REST interface. */
export type D1Options = D1BindingOptions | D1ClientOptions | D1RestOptions;

/** The options, checked. */
export type ResolvedOptions = { readonly prefix: string } & (
  | { readonly form: "binding"; readonly binding: D1Binding; readonly bookmark: string | undefined }
  | { readonly form: "client"; readonly client: D1Client }
  | { readonly form: "rest"; readonly accountId: string; readonly databaseId: string; readonly apiToken: string }
);

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/**
 * Checks the options without touching the database.
 *
 * @throws TypeError that says which option is wrong.
 */
export function resolveOptions(options: D1Options, name = "D1Store"): ResolvedOptions {
  const refuse = (what: string) => new TypeError(`${name}: ${what}`);
  const given: Readonly<Record<string, unknown>> = { ...options };
  const { tablePrefix: prefix = "" } = options;
  if (typeof prefix !== "string" || !/^[A-Za-z0-9_]{0,63}$/.test(prefix)) {
    throw refuse("Invalid tablePrefix: only letters, digits and underscores are allowed, 63 at most.");
  }
  if ("binding" in options) {
    const { binding, bookmark } = options;
    if (!binding) throw refuse("D1 binding is required: the one of the Worker's environment.");
    if (typeof binding.prepare !== "function" || typeof binding.batch !== "function") {
      throw refuse("D1 binding is required: what was given has no prepare() and batch().");
    }
    return Object.freeze({ form: "binding", binding, bookmark, prefix });
  }
  if ("client" in options) {
    const { client } = options;
    if (typeof client?.query !== "function") throw refuse("D1 client is required, with a query() method.");
    return Object.freeze({ form: "client", client, prefix });
  }
  const { accountId, databaseId, apiToken } = given;
  if (!isText(accountId) || !isText(databaseId) || !isText(apiToken)) {
    throw refuse("a binding or a client, or all of accountId, databaseId, and apiToken are required.");
  }
  return Object.freeze({ form: "rest", accountId, databaseId, apiToken, prefix });
}
