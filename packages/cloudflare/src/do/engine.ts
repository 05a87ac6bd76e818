import type { Clock } from "@stowage/core/engine";
import { SqlEngine, sqliteDialect } from "@stowage/sql";
import { capabilities } from "./capabilities.ts";
import { ObjectConnection } from "./connection.ts";
import { translate, violation } from "./errors.ts";
import { type CloudflareDOOptions, checkOptions } from "./options.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface DurableObjectEngineSettings {
  /** Evaluates filters and aggregates on the rows walked, for tests that compare the two. Default `false`. */
  readonly forceDerived?: boolean;
  readonly clock?: Pick<Clock, "sequence">;
}

/** The engine inside a Durable Object. Making it runs no statement. */
export function durableObjectEngine(
  options: CloudflareDOOptions,
  settings: DurableObjectEngineSettings = {},
): SqlEngine {
  checkOptions(options);
  return new SqlEngine({
    name: "durable-object",
    dialect: sqliteDialect({ violation, translate, maxCompound: 5, maxParameters: 100, maxOperators: 60 }),
    capabilities,
    connect: async () => new ObjectConnection(options),
    prefix: options.tablePrefix ?? "",
    ...(settings.forceDerived !== undefined && { forceDerived: settings.forceDerived }),
    ...(settings.clock && { clock: settings.clock }),
  });
}
