import { expect, test } from "vitest";
import { MySQLStore, type MySQLStoreOptions } from "../src/index.ts";

test.each([
  [{ connectionString: "mysql://ada:hunter2@db.example:3307/agents" }, "mysql://db.example:3307/agents"],
  [{ host: "db.example", user: "ada", password: "hunter2", database: "agents" }, "mysql://db.example:3306/agents"],
])("a store on %j says where it is, without credentials", (options, target) => {
  const store = new MySQLStore({ id: "s", disableInit: true, ...options } as MySQLStoreOptions);
  expect(store.stores?.memory).toMatchObject({ context: { target } });
});
