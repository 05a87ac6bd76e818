import { expect, test } from "vitest";
import { DynamoDBStore, type DynamoDBStoreOptions } from "../src/index.ts";

test.each([
  [{ tableName: "agents", region: "eu-west-1" }, "the table agents at eu-west-1"],
  [
    { tableName: "agents", endpoint: "http://ada:hunter2@localhost:8000" },
    "the table agents at http://localhost:8000/",
  ],
])("a store on %j says where it is, without credentials", (options, target) => {
  const store = new DynamoDBStore({ id: "s", disableInit: true, ...options } as DynamoDBStoreOptions);
  expect(store.stores?.memory).toMatchObject({ context: { target } });
});
