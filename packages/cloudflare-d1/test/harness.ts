import { type D1EngineSettings, type D1Options, d1Engine } from "@stowage/cloudflare-d1";
import type { Capabilities, Engine } from "@stowage/core/engine";
import type { EngineHarness } from "@stowage/testkit";
import { RemoteEngine } from "@stowage/testkit/remote";
import { afterAll, beforeAll } from "vitest";
import { capabilities, singleCapabilities } from "../src/capabilities.ts";
import { Database } from "./database.ts";

/** Starts a database for the tests of a file. */
export function onD1(): () => Database {
  let database: Database | undefined;
  beforeAll(async () => {
    database = await Database.start();
  });
  afterAll(() => database?.stop());
  return () => database as Database;
}

interface Place {
  readonly tablePrefix: string;
  /** Whether the tables go with this engine. */
  readonly owns: boolean;
}

let sequence = 0;

/**
 * Engines whose empty database is a prefix of its own; a prefix that nobody uses any more is emptied and used again, as making
 * the tables of all domains takes longer than most tests.
 */
function harness(
  database: () => Database,
  declared: Capabilities,
  open: (tablePrefix: string) => Promise<Engine> | Engine,
): EngineHarness {
  const places = new WeakMap<Engine, Place>();
  const free: string[] = [];
  const connect = async (place: Place): Promise<Engine> => {
    const engine = await open(place.tablePrefix);
    places.set(engine, place);
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as Place;
  return {
    capabilities: declared,
    open: () => connect({ tablePrefix: free.pop() ?? `t${++sequence}_`, owns: true }),
    reopen: (engine) => connect({ ...placeOf(engine), owns: false }),
    openBeside: (engine) => connect({ tablePrefix: `b${++sequence}_${placeOf(engine).tablePrefix}`, owns: false }),
    async dispose(engine) {
      const { tablePrefix, owns } = placeOf(engine);
      if (!owns) return;
      await database().send("/empty", tablePrefix);
      free.push(tablePrefix);
    },
  };
}

/** Engines inside a Worker, on its binding. */
export const bindingHarness = (database: () => Database, { forceDerived = false } = {}): EngineHarness =>
  harness(
    database,
    forceDerived
      ? { ...capabilities, nativeFilter: false, nativeJsonFilter: false, nativeAggregate: false }
      : capabilities,
    (tablePrefix) => RemoteEngine.open({ tablePrefix, forceDerived }, (body) => database().send("/engine", body)),
  );

/** Engines in this process, over the REST interface. */
export const restHarness = (database: () => Database): EngineHarness =>
  harness(database, capabilities, (tablePrefix) =>
    d1Engine({ accountId: "account", databaseId: "database", apiToken: "token", tablePrefix }, settingsFor(database)),
  );

/** Engines on a client that runs single statements only; they need the journal around them. */
export const singleHarness = (database: () => Database): EngineHarness =>
  harness(database, singleCapabilities, (tablePrefix) => d1Engine(singleClient(database, tablePrefix)));

export const settingsFor = (database: () => Database): D1EngineSettings => ({
  fetch: (input, init) => database().rest(input, init),
});

/** Options with a client that has nothing but `query`. */
export const singleClient = (database: () => Database, tablePrefix = ""): D1Options => ({
  tablePrefix,
  client: {
    async query(statement) {
      const answer = JSON.parse(await database().send("/query", JSON.stringify(statement)));
      if (!answer.success) throw new Error(answer.errors[0].message);
      return answer;
    },
  },
});
