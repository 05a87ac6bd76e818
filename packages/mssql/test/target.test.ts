import { expect, test } from "vitest";
import { MSSQLStore, type MSSQLStoreOptions } from "../src/index.ts";

test.each([
  [{ server: "db.example", database: "agents", user: "ada", password: "hunter2" }, "mssql://db.example:1433/agents"],
  [
    { connectionString: "Server=db.example,1434;Database=agents;User Id=ada;Password=hunter2" },
    "mssql://db.example:1434/agents",
  ],
])("a store on %j says where it is, without credentials", (options, target) => {
  const store = new MSSQLStore({ id: "s", disableInit: true, ...options } as MSSQLStoreOptions);
  expect(store.stores?.memory).toMatchObject({ context: { target } });
});
