import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Engine } from "@stowage/core/engine";
import {
  capabilities,
  type DynamoDBClientOptions,
  type DynamoDBRegionOptions,
  dynamodbEngine,
} from "@stowage/dynamodb";
import type { EngineHarness } from "@stowage/testkit";

let tables = 0;
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** Options for a table that nothing has used. */
export const freshTable = (endpoint: string): DynamoDBRegionOptions => ({
  tableName: `stowage-${process.pid}-${++tables}`,
  endpoint,
  createTable: true,
  credentials,
});

/** Empty databases in one table: a table takes long to make, and one that holds much takes long to look through. */
const databasesInTable = 4;

/** The engine as the suites want it: an empty database is a prefix of its own, and all engines share a client. */
export function dynamoHarness(endpoint: () => string): EngineHarness {
  const options = new WeakMap<Engine, DynamoDBClientOptions>();
  let client: DynamoDBDocumentClient | undefined;
  let tableName = "";
  let databases = 0;
  const connect = (given: DynamoDBClientOptions): Engine => {
    const engine = dynamodbEngine(given);
    options.set(engine, given);
    return engine;
  };
  const optionsOf = (engine: Engine) => options.get(engine) as DynamoDBClientOptions;
  return {
    capabilities,
    open: () => {
      client ??= DynamoDBDocumentClient.from(
        new DynamoDBClient({ endpoint: endpoint(), region: "us-east-1", credentials, maxAttempts: 1 }),
      );
      if (databases++ % databasesInTable === 0) ({ tableName } = freshTable(endpoint()));
      return connect({ client, tableName, createTable: true, keyPrefix: `d${databases}#` });
    },
    reopen: (engine) => connect(optionsOf(engine)),
    openBeside: (engine) => connect({ ...optionsOf(engine), keyPrefix: `beside${++tables}#` }),
  };
}
