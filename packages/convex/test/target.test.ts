import { expect, test } from "vitest";
import { ConvexStore, type ConvexStoreOptions } from "../src/index.ts";

test.each([[{ deploymentUrl: "https://x.convex.cloud", adminAuthToken: "hunter2" }, "https://x.convex.cloud/"]])(
  "a store on %j says where it is, without credentials",
  (options, target) => {
    const store = new ConvexStore({ id: "s", disableInit: true, ...options } as ConvexStoreOptions);
    expect(store.stores?.memory).toMatchObject({ context: { target } });
  },
);
