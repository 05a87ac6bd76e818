import type { Engine } from "@stowage/core/engine";
import { capabilities, type MSSQLEngine, mssqlEngine } from "@stowage/mssql";
import { type EngineHarness, modelSuite } from "@stowage/testkit";
import { findPostgres, type PostgresServer, startPostgres } from "@stowage/testkit/engines";
import pg from "pg";
import { afterAll, beforeAll, describe, test } from "vitest";
import { translatingPool } from "./translating-pool.ts";

const found = findPostgres("18") !== undefined;
if (!found) {
  const what = "PostgreSQL 18 is not installed, so no translation was run";
  if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
  else test.skip(what);
}

describe.runIf(found)("translated to PostgreSQL", () => {
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
  let schemas = 0;
  const places = new WeakMap<Engine, string>();
  const open = (schemaName: string, prefix = ""): MSSQLEngine => {
    const engine = mssqlEngine({ pool: translatingPool(pool), schemaName, prefix });
    places.set(engine, schemaName);
    return engine;
  };
  const harness: EngineHarness = {
    capabilities,
    open: () => open(`t${++schemas}`),
    reopen: (engine) => open(places.get(engine) as string),
    openBeside: (engine) => open(places.get(engine) as string, "beside_"),
  };
  modelSuite("mssql", harness);
});
