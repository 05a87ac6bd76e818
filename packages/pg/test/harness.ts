import type { Engine } from "@stowage/core/engine";
import {
  capabilities,
  type PostgresEngine,
  type PostgresEngineSettings,
  type PostgresOptions,
  postgresEngine,
} from "@stowage/pg";
import type { EngineHarness } from "@stowage/testkit";
import type { PostgresServer } from "@stowage/testkit/engines";
import pg from "pg";
import { freshSchema } from "./server.ts";

interface Place {
  readonly schemaName: string;
  readonly prefix: string;
  /** Whether the schema goes with this engine. */
  readonly owns: boolean;
}

/**
 * The engine as the suites want it: an empty database is a schema of its own. With `recycle` a schema that nobody uses any
 * more is emptied and used again: the suites of the domains make the same tables every time, which takes longer than most
 * of their tests.
 */
export function postgresHarness(
  server: () => PostgresServer,
  options: Partial<PostgresOptions> = {},
  { recycle = false, ...settings }: PostgresEngineSettings & { recycle?: boolean } = {},
): EngineHarness {
  const places = new WeakMap<Engine, Place>();
  const free: string[] = [];
  let shared: pg.Pool | undefined;
  const pool = () => {
    if (!shared) {
      shared = new pg.Pool({ connectionString: server().connectionString, max: 16, allowExitOnIdle: true });
      shared.on("error", () => undefined);
    }
    return shared;
  };
  const connect = (place: Place): PostgresEngine => {
    const { schemaName, prefix } = place;
    const engine = postgresEngine({ pool: pool(), schemaName, prefix, ...options } as PostgresOptions, settings);
    places.set(engine, place);
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as Place;
  return {
    capabilities: settings.forceDerived
      ? Object.freeze({ ...capabilities, nativeFilter: false, nativeJsonFilter: false, nativeAggregate: false })
      : capabilities,
    open: () => connect({ schemaName: free.pop() ?? freshSchema(), prefix: "", owns: true }),
    reopen: (engine) => connect({ ...placeOf(engine), owns: false }),
    openBeside: (engine) => connect({ ...placeOf(engine), prefix: "beside_", owns: false }),
    async dispose(engine) {
      const { schemaName, owns } = placeOf(engine);
      if (!owns) return;
      if (!recycle) await pool().query(`DROP SCHEMA IF EXISTS "${schemaName}" CASCADE`);
      else {
        await empty(pool(), schemaName);
        free.push(schemaName);
      }
    },
  };
}

/** Removes the rows of every table but the stamps. */
async function empty(pool: pg.Pool, schemaName: string): Promise<void> {
  const { rows } = await pool.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", [schemaName]);
  const tables = rows.map(({ tablename }) => tablename as string).filter((name) => name !== "stowage_schema");
  if (tables.length > 0) await pool.query(tables.map((table) => `DELETE FROM "${schemaName}"."${table}"`).join(";"));
}
