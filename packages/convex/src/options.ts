/** A deployment by its address. */
export interface ConvexUrlOptions {
  /** `https://<name>.convex.cloud`, or where a deployment of your own is. */
  deploymentUrl: string;
  /** An admin or deploy key, for functions made by `stowageFunctions()`. */
  adminAuthToken?: string;
  /** The secret of functions made by `stowageFunctions({ secret })`, instead of the key. */
  secret?: string;
}

/** What is needed of a client of the caller's, with a reference and arguments: a `ConvexHttpClient` with admin rights has it. */
export interface ConvexCaller {
  // biome-ignore lint/suspicious/noExplicitAny: each client types references and arguments by what they refer to.
  query(...args: any): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  mutation(...args: any): Promise<unknown>;
}

/** A client that the caller has made. */
export interface ConvexClientOptions {
  client: ConvexCaller;
  /** See {@link ConvexUrlOptions}. */
  secret?: string;
}

export interface ConvexPlaceOptions {
  /** The module that exports the functions, from the `convex` folder on. Default `stowage/storage`. */
  storageFunction?: string;
  /** What the names of tables begin with. Stores with different prefixes never see each other's rows. Default none. */
  tablePrefix?: string;
  /** What a store is called in logs. Default `ConvexStore`. */
  name?: string;
}

export type ConvexOptions = (ConvexUrlOptions | ConvexClientOptions) & ConvexPlaceOptions;

export interface ResolvedOptions {
  readonly target:
    | { readonly kind: "client"; readonly client: ConvexCaller }
    | { readonly kind: "url"; readonly url: string; readonly adminAuthToken: string | undefined };
  readonly secret: string | undefined;
  readonly module: string;
  readonly prefix: string;
}

/**
 * Checks options and fills in what they leave open. No I/O.
 *
 * @throws Error that says which option is missing or wrong.
 */
export function resolveOptions(options: ConvexOptions, name = "ConvexStore"): ResolvedOptions {
  const given = (options ?? {}) as Partial<ConvexUrlOptions & ConvexClientOptions> & ConvexPlaceOptions;
  const { secret, storageFunction: module = "stowage/storage", tablePrefix: prefix = "" } = given;
  if (secret !== undefined && !isFilled(secret)) throw new Error(`${name}: secret cannot be empty`);
  if (typeof module !== "string" || !/^\w+(\/\w+)*$/.test(module)) {
    throw new Error(`${name}: storageFunction must be the path of a module, such as stowage/storage`);
  }
  if (typeof prefix !== "string" || !/^[\w.:-]*$/.test(prefix)) {
    throw new Error(`${name}: tablePrefix must be made of letters, digits and _ . : -`);
  }
  const place = { secret, module, prefix };
  if (given.client !== undefined) {
    const { client } = given;
    if (typeof client?.query !== "function" || typeof client.mutation !== "function") {
      throw new Error(`${name}: client must have query and mutation, as a ConvexHttpClient has`);
    }
    return { target: { kind: "client", client }, ...place };
  }
  const { deploymentUrl: url, adminAuthToken } = given;
  if (!isFilled(url)) throw new Error(`${name}: deploymentUrl is required and cannot be empty`);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new Error(`${name}: deploymentUrl must begin with https:// or http://`);
  }
  if (secret === undefined && !isFilled(adminAuthToken)) {
    throw new Error(`${name}: adminAuthToken is required, unless a secret is given`);
  }
  return { target: { kind: "url", url: url.replace(/\/+$/, ""), adminAuthToken }, ...place };
}

const isFilled = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
