import { expect, test } from "vitest";
import { MongoDBStore, type MongoDBStoreOptions } from "../src/index.ts";

test.each([
  [{ uri: "mongodb://ada:hunter2@db.example:27018/admin", dbName: "agents" }, "mongodb://db.example:27018/agents"],
  [{ uri: "mongodb+srv://ada:hunter2@x.mongodb.net", dbName: "agents" }, "mongodb+srv://x.mongodb.net/agents"],
])("a store on %j says where it is, without credentials", (options, target) => {
  const store = new MongoDBStore({ id: "s", disableInit: true, ...options } as MongoDBStoreOptions);
  expect(store.stores?.memory).toMatchObject({ context: { target } });
});
