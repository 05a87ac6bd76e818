import type { Collection, CreateIndexesOptions, IndexSpecification, MongoClient, MongoClientOptions } from "mongodb";

/** An index of your own, beside those that the store makes. */
export interface MongoDBIndexConfig {
  /** Name of the logical table, such as `mastra_threads`. An index on a collection that no domain owns is skipped. */
  collection: string;
  /** Field names with directions, as `createIndex` takes them. */
  keys: IndexSpecification;
  /** What else `createIndex` takes. */
  options?: CreateIndexesOptions;
}

/** Gives collections of a database that you look after yourself. */
export interface ConnectorHandler {
  getCollection(name: string): Promise<Collection> | Collection;
  /** The client of these collections. Without it no transaction can be started: the store then works at the level `journal`. */
  getClient?(): Promise<MongoClient> | MongoClient;
  /** For you; the store never calls it. */
  close?(): Promise<void> | void;
}

/** Everything but where the database is. */
export interface MongoDBSettings {
  /** Build only the indexes that keep values unique. Results stay the same; walks get slower. Default `false`. */
  skipDefaultIndexes?: boolean;
  indexes?: MongoDBIndexConfig[];
}

export interface MongoDBAddressOptions extends MongoDBSettings {
  /** The connection string. */
  uri?: string | undefined;
  /** @deprecated Use `uri`. */
  url?: string | undefined;
  dbName: string;
  /** Passed on to `MongoClient`. */
  options?: MongoClientOptions;
}

/** A client of your own. It is never closed by the store. */
export interface MongoDBClientOptions extends MongoDBSettings {
  client: MongoClient;
  dbName: string;
}

/** Collections of your own. */
export interface MongoDBHandlerOptions extends MongoDBSettings {
  connectorHandler: ConnectorHandler;
}

/** The same under the name that single domains know. */
export interface MongoDBConnectorOptions extends MongoDBSettings {
  connector: ConnectorHandler;
}

export type MongoDBOptions =
  | MongoDBAddressOptions
  | MongoDBClientOptions
  | MongoDBHandlerOptions
  | MongoDBConnectorOptions;

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly source:
    | { readonly uri: string; readonly dbName: string; readonly options: MongoClientOptions }
    | { readonly client: MongoClient; readonly dbName: string }
    | { readonly handler: ConnectorHandler };
  readonly skipDefaultIndexes: boolean;
  readonly indexes: readonly MongoDBIndexConfig[];
}

type Loose = Readonly<Record<string, unknown>>;

/**
 * Checks the options without touching the database.
 *
 * @throws Error that says which option is wrong; it holds no value of any.
 */
export function resolveOptions(options: MongoDBOptions, name = "MongoDBStore"): ResolvedOptions {
  const given = (options ?? {}) as unknown as Loose;
  const refuse = (what: string) => new Error(`${name}: ${what}`);
  const { indexes = [] } = given;
  if (!Array.isArray(indexes)) throw refuse("indexes must be a list.");
  for (const index of indexes) {
    const { collection, keys } = (index ?? {}) as Loose;
    if (typeof collection !== "string" || collection === "") throw refuse("collection of an index must be provided.");
    if (keys === undefined || keys === null) throw refuse("keys of an index must be provided.");
  }
  return Object.freeze({
    source: sourceOf(given, refuse),
    skipDefaultIndexes: given.skipDefaultIndexes === true,
    indexes: Object.freeze(indexes.map((index) => Object.freeze({ ...index }))),
  });
}

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const isBlank = (value: unknown) => typeof value !== "string" || value.trim() === "";

function sourceOf(given: Loose, refuse: (what: string) => Error): ResolvedOptions["source"] {
  const handler = given.connectorHandler ?? given.connector;
  if (handler !== undefined && handler !== null) {
    if (!isObject(handler) || typeof handler.getCollection !== "function") {
      throw refuse("connectorHandler must have getCollection().");
    }
    return { handler: handler as unknown as ConnectorHandler };
  }
  const { client, dbName } = given;
  const uri = given.uri ?? given.url;
  if (client !== undefined && (!isObject(client) || typeof client.db !== "function")) {
    throw refuse("client must be a MongoClient.");
  }
  if (client === undefined && isBlank(uri)) {
    throw refuse("a connection string must be provided as uri and cannot be empty.");
  }
  if (isBlank(dbName)) throw refuse("dbName must be provided and cannot be empty.");
  if (client !== undefined) return { client: client as unknown as MongoClient, dbName: dbName as string };
  if (!/^mongodb(\+srv)?:\/\/./.test(uri as string)) {
    throw refuse("the connection string must begin with mongodb:// or mongodb+srv://.");
  }
  return { uri: uri as string, dbName: dbName as string, options: { ...(given.options as MongoClientOptions) } };
}
