import type { Engine } from "@stowage/core/engine";
import { capabilities, type MSSQLEngine, mssqlEngine } from "@stowage/mssql";
import type { EngineHarness } from "@stowage/testkit";
import sql from "mssql";
import { describe, test } from "vitest";

/** A real server, as a connection string: `Server=host,1433;Database=db;User Id=user;Password=secret`. */
const url = process.env.STOWAGE_MSSQL_URL;

/** Suites on the real server that `STOWAGE_MSSQL_URL` names. Without one they are a test that says so. */
export function onServer(suites: (connectionString: string) => void): void {
  if (url) describe("SQL Server", () => suites(url));
  else test.skip("STOWAGE_MSSQL_URL names no SQL Server, so nothing of it was tested");
}

let schemas = 0;
export const freshSchema = (): string => `t${process.pid}_${++schemas}`;

/** The engine as the suites want it: an empty database is a schema of its own. */
export function mssqlHarness(connectionString: string, settings: { forceDerived?: boolean } = {}): EngineHarness {
  const places = new WeakMap<Engine, { schemaName: string; owns: boolean }>();
  let shared: sql.ConnectionPool | undefined;
  const pool = () => {
    shared ??= new sql.ConnectionPool({
      ...(sql.ConnectionPool.parseConnectionString(connectionString) as sql.config),
      pool: { max: 16 },
    });
    return shared;
  };
  const connect = (schemaName: string, owns: boolean, prefix = ""): MSSQLEngine => {
    const engine = mssqlEngine({ pool: pool(), schemaName, prefix }, settings);
    places.set(engine, { schemaName, owns });
    return engine;
  };
  const place = (engine: Engine) => (places.get(engine) as { schemaName: string }).schemaName;
  return {
    capabilities: settings.forceDerived
      ? Object.freeze({ ...capabilities, nativeFilter: false, nativeJsonFilter: false, nativeAggregate: false })
      : capabilities,
    open: () => connect(freshSchema(), true),
    reopen: (engine) => connect(place(engine), false),
    openBeside: (engine) => connect(place(engine), false, "beside_"),
    async dispose(engine) {
      const { schemaName, owns } = places.get(engine) as { schemaName: string; owns: boolean };
      if (owns && pool().connected) await dropSchema(pool(), schemaName);
    },
  };
}

async function dropSchema(pool: sql.ConnectionPool, schemaName: string): Promise<void> {
  const { recordset } = await pool
    .request()
    .input("schema", schemaName)
    .query("SELECT [name] FROM sys.tables WHERE [schema_id] = SCHEMA_ID(@schema)");
  const drops = recordset.map(({ name }) => `DROP TABLE [${schemaName}].[${name}];`).join(" ");
  await pool.request().batch(`${drops} IF SCHEMA_ID('${schemaName}') IS NOT NULL EXEC('DROP SCHEMA [${schemaName}]')`);
}
