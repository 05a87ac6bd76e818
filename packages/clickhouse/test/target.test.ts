import { expect, test } from "vitest";
import { ClickhouseStore, type ClickhouseStoreOptions } from "../src/index.ts";

test.each([
  [
    { url: "https://ada:hunter2@ch.example:8443", username: "ada", password: "hunter2", database: "agents" },
    "https://ch.example:8443/agents",
  ],
])("a store on %j says where it is, without credentials", (options, target) => {
  const store = new ClickhouseStore({ id: "s", disableInit: true, ...options } as ClickhouseStoreOptions);
  expect(store.stores?.memory).toMatchObject({ context: { target } });
});
