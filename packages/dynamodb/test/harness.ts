import type { Engine } from "@stowage/core/engine";
import { capabilities, type DynamoDBRegionOptions, dynamodbEngine } from "@stowage/dynamodb";
import type { EngineHarness } from "@stowage/testkit";

let tables = 0;

/** Options for a table that nothing has used. */
export const freshTable = (endpoint: string): DynamoDBRegionOptions => ({
  tableName: `stowage-${process.pid}-${++tables}`,
  endpoint,
  createTable: true,
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});

/** The engine as the suites want it: an empty database is a table of its own. */
export function dynamoHarness(endpoint: () => string): EngineHarness {
  const options = new WeakMap<Engine, DynamoDBRegionOptions>();
  const connect = (given: DynamoDBRegionOptions): Engine => {
    const engine = dynamodbEngine(given);
    options.set(engine, given);
    return engine;
  };
  const optionsOf = (engine: Engine) => options.get(engine) as DynamoDBRegionOptions;
  return {
    capabilities,
    open: () => connect(freshTable(endpoint())),
    reopen: (engine) => connect(optionsOf(engine)),
    openBeside: (engine) => connect({ ...optionsOf(engine), keyPrefix: `beside${++tables}#` }),
  };
}
