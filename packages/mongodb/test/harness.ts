import type { Engine } from "@stowage/core/engine";
import {
  capabilities,
  type MongoDBEngine,
  type MongoDBEngineSettings,
  mongodbEngine,
  standaloneCapabilities,
} from "@stowage/mongodb";
import type { EngineHarness } from "@stowage/testkit";
import { type Db, MongoClient } from "mongodb";
import { freshDatabase, type ServerOf } from "./server.ts";

interface Place {
  readonly dbName: string;
  /** Whether the database goes with this engine. */
  readonly owns: boolean;
}

/**
 * The engine as the suites want it: an empty database is one of its own. With `recycle` a database that nobody uses any more
 * is emptied and used again.
 */
export function mongoHarness(
  server: ServerOf,
  level: "native" | "journal",
  { recycle = false, ...settings }: MongoDBEngineSettings & { recycle?: boolean } = {},
): EngineHarness {
  const places = new WeakMap<Engine, Place>();
  const free: string[] = [];
  let shared: MongoClient | undefined;
  const client = () => (shared ??= new MongoClient(server().uri, { maxPoolSize: 20 }));
  const connect = (place: Place): MongoDBEngine => {
    const engine = mongodbEngine({ client: client(), dbName: place.dbName }, settings);
    places.set(engine, place);
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as Place;
  const declared = level === "native" ? capabilities : standaloneCapabilities;
  return {
    capabilities: settings.forceDerived
      ? Object.freeze({ ...declared, nativeFilter: false, nativeAggregate: false })
      : declared,
    open: () => connect({ dbName: free.pop() ?? freshDatabase(), owns: true }),
    reopen: (engine) => connect({ ...placeOf(engine), owns: false }),
    openBeside: (engine) => connect({ dbName: `${placeOf(engine).dbName}_beside`, owns: false }),
    async dispose(engine) {
      const { dbName, owns } = placeOf(engine);
      // A server of the test's own goes with all that it holds, sooner than it drops a database.
      if (!owns || (!recycle && "stop" in server())) return;
      const db = client().db(dbName);
      if (!recycle) await db.dropDatabase();
      else {
        await Promise.all((await filledIn(db)).map((name) => db.collection(name).deleteMany({})));
        free.push(dbName);
      }
    },
  };
}

/** The collections that hold anything, but for the stamps. */
async function filledIn(db: Db): Promise<string[]> {
  const listed = await db.listCollections({}, { nameOnly: true }).toArray();
  const names = listed.map(({ name }) => name).filter((name) => name !== "stowage_schema");
  const probe = (name: string) => [{ $limit: 1 }, { $project: { _id: 0, name: { $literal: name } } }];
  const [first, ...rest] = names;
  if (first === undefined) return [];
  const unions = rest.map((name) => ({ $unionWith: { coll: name, pipeline: probe(name) } }));
  const found = await db
    .collection(first)
    .aggregate([...probe(first), ...unions])
    .toArray();
  return found.map(({ name }) => name as string);
}
