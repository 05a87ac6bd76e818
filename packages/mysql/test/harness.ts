import type { Engine } from "@stowage/core/engine";
import {
  capabilities,
  type MySQLEngine,
  type MySQLEngineSettings,
  type MySQLOptions,
  mysqlEngine,
} from "@stowage/mysql";
import type { EngineHarness } from "@stowage/testkit";
import type { MariadbServer } from "@stowage/testkit/engines";
import mysql from "mysql2/promise";
import { freshDatabase } from "./server.ts";

interface Place {
  readonly database: string;
  readonly prefix: string;
  /** Whether the database goes with this engine. */
  readonly owns: boolean;
}

/**
 * The engine as the suites want it: an empty database is one of its own. With `recycle` a database that nobody uses any more
 * is emptied and used again: the suites of the domains make the same tables every time, which takes longer than most of their
 * tests. `severalStatements: false` is a pool as people have it that were not told of that setting.
 */
export function mysqlHarness(
  server: () => MariadbServer,
  options: Partial<MySQLOptions> = {},
  {
    recycle = false,
    severalStatements = true,
    ...settings
  }: MySQLEngineSettings & { recycle?: boolean; severalStatements?: boolean } = {},
): EngineHarness {
  const places = new WeakMap<Engine, Place>();
  const free: string[] = [];
  let shared: mysql.Pool | undefined;
  const pool = () => {
    shared ??= mysql.createPool({
      uri: server().connectionString,
      multipleStatements: severalStatements,
      connectionLimit: 16,
    });
    return shared;
  };
  const connect = (place: Place): MySQLEngine => {
    const { database, prefix } = place;
    const engine = mysqlEngine({ pool: pool(), database, prefix, ...options } as MySQLOptions, settings);
    places.set(engine, place);
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as Place;
  return {
    capabilities: settings.forceDerived
      ? Object.freeze({ ...capabilities, nativeFilter: false, nativeJsonFilter: false, nativeAggregate: false })
      : capabilities,
    open: async () => connect({ database: free.pop() ?? (await freshDatabase(server())), prefix: "", owns: true }),
    reopen: async (engine) => connect({ ...placeOf(engine), owns: false }),
    openBeside: async (engine) => connect({ ...placeOf(engine), prefix: "beside_", owns: false }),
    async dispose(engine) {
      const { database, owns } = placeOf(engine);
      if (!owns) return;
      if (!recycle) await pool().query(`DROP DATABASE ${database}`);
      else {
        await empty(pool(), database);
        free.push(database);
      }
    },
  };
}

/** Removes the rows of every table but the stamps. */
async function empty(pool: mysql.Pool, database: string): Promise<void> {
  const [rows] = await pool.query<mysql.RowDataPacket[]>(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?",
    [database],
  );
  const tables = rows.map(({ name }) => name as string).filter((name) => name !== "stowage_schema");
  for (const table of tables) await pool.query(`DELETE FROM \`${database}\`.\`${table}\``);
}
