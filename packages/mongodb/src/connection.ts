import { StorageError } from "@stowage/core/engine";
import {
  type ClientBulkWriteModel,
  type ClientBulkWriteOptions,
  type ClientBulkWriteResult,
  type ClientSession,
  type Collection,
  type Document,
  MongoClient,
  type MongoClientOptions,
} from "mongodb";
import { isUnknownCommand, redact, translate } from "./errors.ts";
import type { ResolvedOptions } from "./options.ts";

export type Stored = Document & { _id: string };
export type StoredCollection = Collection<Stored>;
/** A request on a collection that it names. */
export type BulkModel = ClientBulkWriteModel<Record<string, Stored>>;

/** What a wire-compatible server may lack though its version has it: a command, a read concern beside it, a stage, a session. */
export type Feature = "bulkWrite" | "bulkWrite at a snapshot" | "$unionWith" | "snapshot sessions";

/** A database as the engine works with it. */
export interface Connection {
  /** What the server has refused or passed over, and is not asked for again. */
  readonly lacking: Set<Feature>;
  /** Whether the server has transactions: a member of a replica set, or mongos. */
  readonly hasTransactions: boolean;
  collection(name: string): StoredCollection | Promise<StoredCollection>;
  /** Makes a collection that is not there; `undefined` where only collections are given. */
  readonly createCollection: ((name: string) => Promise<void>) | undefined;
  /** Writes to several collections in one request. Absent before MongoDB 8.0, and where the client encrypts fields. */
  readonly bulkWrite?: (
    models: readonly BulkModel[],
    options: ClientBulkWriteOptions,
  ) => Promise<ClientBulkWriteResult>;
  /** A session for one transaction, or for reads of one snapshot. Only with transactions. */
  session(purpose: "snapshot" | "transaction"): ClientSession;
  close(): Promise<void>;
}

/** The first server with reads of a snapshot outside of transactions: MongoDB 5.0. */
const leastWireVersion = 13;
/** The first server with the command `bulkWrite`: MongoDB 8.0. */
const bulkWireVersion = 25;

interface Server {
  readonly hasTransactions: boolean;
  readonly hasBulkWrite: boolean;
  readonly lacking?: readonly Feature[];
}

/** Numbers come as numbers whatever the client was told; a write is acknowledged when a majority has it. */
const settings = {
  promoteLongs: true,
  promoteValues: true,
  useBigInt64: false,
  readPreference: "primary",
  writeConcern: { w: "majority" },
} as const;

/** Opens the database and asks the server what it is. */
export async function connect({ source }: ResolvedOptions): Promise<Connection> {
  if ("handler" in source) {
    const { handler } = source;
    const collections = new Map<string, StoredCollection>();
    const collection = async (name: string) => {
      const known = collections.get(name) ?? ((await handler.getCollection(name)) as unknown as StoredCollection);
      collections.set(name, known);
      return known;
    };
    const client = await handler.getClient?.();
    // An injected client is left to its owner, and so is a handler.
    return connectionOf(client, await ask(client), collection, undefined, async () => undefined);
  }
  const client = "client" in source ? source.client : ownClient(source.uri, source.options);
  const db = client.db(source.dbName);
  const close = async () => ("client" in source ? undefined : client.close());
  try {
    const server = await ask(client);
    const collection = (name: string) => db.collection<Stored>(name, settings) as unknown as StoredCollection;
    const create = async (name: string) => {
      await db.createCollection(name).catch((error: { code?: number }) => {
        // Somebody else was faster.
        if (error.code !== 48) throw error;
      });
    };
    return connectionOf(client, server, collection, create, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function connectionOf(
  client: MongoClient | undefined,
  { hasTransactions, hasBulkWrite, lacking }: Server,
  collection: Connection["collection"],
  createCollection: Connection["createCollection"],
  close: () => Promise<void>,
): Connection {
  return {
    lacking: new Set(lacking),
    hasTransactions,
    collection,
    createCollection,
    ...(client &&
      hasBulkWrite && {
        bulkWrite: (models: readonly BulkModel[], options: ClientBulkWriteOptions) =>
          client.bulkWrite<Record<string, Stored>>(models, options),
      }),
    session(purpose) {
      if (!client) throw new StorageError("a handler without getClient has no sessions", { code: "unsupported" });
      return client.startSession(
        purpose === "snapshot"
          ? { snapshot: true }
          : {
              causalConsistency: false,
              defaultTransactionOptions: { writeConcern: { w: "majority" }, readPreference: "primary" },
            },
      );
    },
    close,
  };
}

/** What the server can do. Transactions need a replica set or mongos. */
async function ask(client: MongoClient | undefined): Promise<Server> {
  if (!client) return { hasTransactions: false, hasBulkWrite: false };
  const admin = client.db("admin");
  const { maxWireVersion, setName, msg } = await admin
    .command({ hello: 1 })
    // Wire-compatible servers may know it by its older name only.
    .catch((error) => (isUnknownCommand(error) ? admin.command({ isMaster: 1 }) : Promise.reject(error)))
    .catch((error) => Promise.reject(translate(error)));
  const version = typeof maxWireVersion === "number" ? maxWireVersion : leastWireVersion;
  if (version < leastWireVersion) throw new StorageError("MongoDB 5.0 or newer is needed", { code: "unsupported" });
  return {
    hasTransactions: typeof setName === "string" || msg === "isdbgrid",
    hasBulkWrite: version >= bulkWireVersion && !client.options.autoEncryption,
    // SecantusDB tells the time of a snapshot, and reads what there is just now. Its replica set has its name.
    ...(setName === "secantus" && { lacking: ["snapshot sessions"] }),
  };
}

function ownClient(uri: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(uri, {
      serverSelectionTimeoutMS: 10_000,
      // The storage repeats reads itself.
      retryReads: false,
      driverInfo: { name: "stowage" },
      ...options,
    });
  } catch (error) {
    // The driver's own error may quote the address.
    const reason = redact(error instanceof Error ? error.message : "").replaceAll(uri, "***");
    throw new StorageError(`the client refused its options: ${reason}`, { code: "invalid_argument" });
  }
}
