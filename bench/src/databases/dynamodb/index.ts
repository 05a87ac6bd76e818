import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ResourceInUseException,
} from "@aws-sdk/client-dynamodb";
import { startDynamo } from "@stowage/testkit/engines";
import type { Database } from "../../database.ts";
import { fullScale } from "../../fixtures.ts";
import { peer } from "./peer.ts";
import { placeOf } from "./place.ts";
import { stowage } from "./stowage.ts";

const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
const keys = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: "HASH" as const },
  { AttributeName: range, KeyType: "RANGE" as const },
];
const indexes = ["gsi1", "gsi2"];

/** DynamoDB Local on this machine. A place is its address with the name of a table, which has the indexes that the peer needs. */
export const dynamodb: Database = {
  key: "dynamodb",
  title: "DynamoDB Local",
  variants: { stowage, peer },
  packages: ["@stowage/dynamodb", "@mastra/dynamodb", "@mastra/core", "@aws-sdk/client-dynamodb"],
  note: `DynamoDB Local keeps everything in memory on this machine: its times are not those of DynamoDB, the round trips are. There a bare
\`PutItem\` of 2.5 KB takes 1.0 ms, a transaction of one such item 1.6 ms, of 5 items 2.2 ms, of 9 items 4.3 ms and of 11 items
5.5 ms. A write of Stowage is one transaction: 13 items for two messages and their thread, 9 for a new run, 3 for a run persisted
again; the peer puts items one by one, and leaves its indexes to the database. Stowage reads the records of a list after the entries
of its index, together with whether a deletion is under way. A run with its steps, and the spans of a trace, lie together and are one
query.`,
  targets: { mean: 2, driver: 1 },
  slow: { divisor: 15, most: 1000, history: [1000, 10_000] },
  scale: { ...fullScale, threads: 100, runs: 10 },
  fixtures: ["memory", "workflows", "scores", "agents"],

  async start() {
    const server = await startDynamo();
    return {
      place: (name) => `${server.endpoint}/${name.padEnd(3, "_")}`,
      async remove(place) {
        const { tableName, ...where } = placeOf(place);
        const client = new DynamoDBClient(where);
        await client.send(new DeleteTableCommand({ TableName: tableName }));
        client.destroy();
      },
      stop: () => server.stop(),
    };
  },

  async prepare(place) {
    const { tableName, ...where } = placeOf(place);
    const client = new DynamoDBClient(where);
    const table = new CreateTableCommand({
      TableName: tableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk", ...indexes.flatMap((name) => [`${name}pk`, `${name}sk`])].map(text),
      KeySchema: keys("pk", "sk"),
      GlobalSecondaryIndexes: indexes.map((name) => ({
        IndexName: name,
        KeySchema: keys(`${name}pk`, `${name}sk`),
        Projection: { ProjectionType: "ALL" },
      })),
    });
    await client.send(table).catch((error: unknown) => {
      if (!(error instanceof ResourceInUseException)) throw error;
    });
    client.destroy();
  },
};
