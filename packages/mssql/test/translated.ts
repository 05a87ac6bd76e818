import type { Engine } from "@stowage/core/engine";
import { capabilities, type MSSQLEngine, mssqlEngine } from "@stowage/mssql";
import type { EngineHarness } from "@stowage/testkit";
import { findPostgres, type PostgresServer, startPostgres } from "@stowage/testkit/engines";
import pg from "pg";
import { afterAll, beforeAll, describe, test } from "vitest";
import { freshSchema } from "./live.ts";
import { translatingPool } from "./translating-pool.ts";

/** Suites on a PostgreSQL that runs the statements translated. Without one they are a test that says so, or fails in CI. */
export function onTranslation(suites: (pool: () => pg.Pool) => void): void {
  if (findPostgres("18") === undefined) {
    const what = "PostgreSQL 18 is not installed, so no translation was run";
    if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
    else test.skip(what);
    return;
  }
  describe("translated to PostgreSQL", () => {
    let server: PostgresServer;
    let pool: pg.Pool;
    beforeAll(async () => {
      server = await startPostgres("18");
      pool = new pg.Pool({ connectionString: server.connectionString, max: 16 });
      pool.on("error", () => undefined);
    }, 60_000);
    afterAll(async () => {
      await pool.end();
      await server.stop();
    });
    suites(() => pool);
  });
}

interface Place {
  readonly schemaName: string;
  /** Whether the schema goes with this engine. */
  readonly owns: boolean;
}

/** The engine as the suites want it: an empty database is a schema of its own, which is emptied and used again. */
export function translatedHarness(pool: () => pg.Pool, { recycle = false } = {}): EngineHarness {
  const places = new WeakMap<Engine, Place>();
  const free: string[] = [];
  const open = (place: Place, prefix = ""): MSSQLEngine => {
    const engine = mssqlEngine({ pool: translatingPool(pool()), schemaName: place.schemaName, prefix });
    places.set(engine, place);
    return engine;
  };
  const schemaOf = (engine: Engine) => (places.get(engine) as Place).schemaName;
  return {
    capabilities,
    open: () => open({ schemaName: free.pop() ?? freshSchema(), owns: true }),
    reopen: (engine) => open({ schemaName: schemaOf(engine), owns: false }),
    openBeside: (engine) => open({ schemaName: schemaOf(engine), owns: false }, "beside_"),
    async dispose(engine) {
      const { schemaName, owns } = places.get(engine) as Place;
      if (!owns) return;
      if (recycle) {
        await emptySchema(pool(), schemaName);
        free.push(schemaName);
      } else await pool().query(`DROP SCHEMA IF EXISTS "${schemaName}" CASCADE`);
    },
  };
}

/** Removes the rows of every table but the stamps. */
async function emptySchema(pool: pg.Pool, schemaName: string): Promise<void> {
  const { rows } = await pool.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", [schemaName]);
  const tables = rows.map(({ tablename }) => tablename as string).filter((name) => name !== "stowage_schema");
  if (tables.length > 0) await pool.query(tables.map((table) => `DELETE FROM "${schemaName}"."${table}"`).join(";"));
}
