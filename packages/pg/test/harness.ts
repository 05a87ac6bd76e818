import type { Engine } from "@stowage/core/engine";
import { capabilities, type PostgresEngine, type PostgresOptions, postgresEngine } from "@stowage/pg";
import type { PostgresServer } from "@stowage/testkit/engines";
import { freshSchema } from "./server.ts";

/** The engine as the suites want it: an empty database is a schema of its own. */
export function postgresHarness(
  server: () => PostgresServer,
  options: Partial<PostgresOptions> = {},
  forceDerived = false,
) {
  const places = new WeakMap<Engine, { schemaName: string; prefix: string }>();
  const open = (schemaName: string, prefix = ""): PostgresEngine => {
    const { connectionString } = server();
    const engine = postgresEngine({ connectionString, schemaName, prefix, max: 8, ...options } as PostgresOptions, {
      forceDerived,
    });
    places.set(engine, { schemaName, prefix });
    return engine;
  };
  const placeOf = (engine: Engine) => places.get(engine) as { schemaName: string; prefix: string };
  return {
    capabilities: forceDerived
      ? Object.freeze({ ...capabilities, nativeFilter: false, nativeJsonFilter: false, nativeAggregate: false })
      : capabilities,
    open: () => open(freshSchema()),
    reopen: (engine: Engine) => open(placeOf(engine).schemaName, placeOf(engine).prefix),
    openBeside: (engine: Engine) => open(placeOf(engine).schemaName, "beside_"),
  };
}
