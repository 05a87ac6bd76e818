import { type ClickHouseClient, createClient } from "@clickhouse/client";
import type { Engine } from "@stowage/core/engine";
import { type DomainHarness, type EngineHarness, storageHarness } from "@stowage/testkit";
import type { ClickhouseServer } from "@stowage/testkit/engines";
import { bulkCapabilities } from "../src/capabilities.ts";
import { batches, ClickhouseEngine, type ClickhouseEngineSettings } from "../src/engine.ts";

interface Place {
  readonly database: string;
  readonly prefix: string;
  /** Whether the database goes with this engine. */
  readonly owns: boolean;
}

let databases = 0;
export const freshDatabase = (): string => `t${process.pid}_${++databases}`;

/**
 * The bulk engine as the suites want it; they run through the layers that make batches of it. With `recycle` a database that
 * nobody uses any more is emptied and used again: the suites of the domains make the same tables every time, which takes
 * longer than most of their tests.
 */
export function clickhouseHarness(
  server: () => ClickhouseServer,
  { recycle = false, ...settings }: ClickhouseEngineSettings & { recycle?: boolean } = {},
): EngineHarness {
  const places = new WeakMap<Engine, Place>();
  const free: string[] = [];
  let shared: ClickHouseClient | undefined;
  const admin = () => {
    shared ??= createClient({ url: server().url });
    return shared;
  };
  const connect = (place: Place): Engine => {
    const { url } = server();
    const { database, prefix } = place;
    const engine = new ClickhouseEngine({ url, username: "default", password: "", database, prefix }, settings);
    places.set(engine, place);
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as Place;
  return {
    capabilities: settings.forceDerived
      ? Object.freeze({ ...bulkCapabilities, nativeFilter: false, nativeAggregate: false })
      : bulkCapabilities,
    bare: false,
    through: { "its layers": batches },
    async open() {
      let database = free.pop();
      if (!database) {
        database = freshDatabase();
        await admin().command({ query: `CREATE DATABASE ${database}` });
      }
      return connect({ database, prefix: "", owns: true });
    },
    reopen: (engine) => connect({ ...placeOf(engine), owns: false }),
    openBeside: (engine) => connect({ ...placeOf(engine), prefix: "beside_", owns: false }),
    async dispose(engine) {
      const { database, owns } = placeOf(engine);
      if (!owns) return;
      if (recycle) {
        await empty(admin(), database);
        free.push(database);
      } else await admin().command({ query: `DROP DATABASE ${database} SYNC` });
    },
  };
}

/** Every request takes some five milliseconds of work, so that properties are tried with fewer cases. */
export const domainHarness = (server: () => ClickhouseServer): DomainHarness => ({
  ...storageHarness(clickhouseHarness(server, { recycle: true }), batches),
  propertyShare: 0.1,
});

/** Removes the rows of every table but the stamps. */
async function empty(client: ClickHouseClient, database: string): Promise<void> {
  const found = await client.query({
    query: "SELECT name FROM system.tables WHERE database = {database:String} AND total_rows > 0",
    query_params: { database },
    format: "JSONCompactEachRow",
  });
  for (const [name] of await found.json<[string]>()) {
    if (name !== "stowage_schema") await client.command({ query: `TRUNCATE TABLE ${database}.\`${name}\`` });
  }
}
