import { expect, test } from "vitest";
import { D1Store, type D1StoreOptions } from "../src/index.ts";

test.each([[{ accountId: "a", databaseId: "d-1", apiToken: "hunter2" }, "the database d-1"]])(
  "a store on %j says where it is, without credentials",
  (options, target) => {
    const store = new D1Store({ id: "s", disableInit: true, ...options } as D1StoreOptions);
    expect(store.stores?.memory).toMatchObject({ context: { target } });
  },
);
