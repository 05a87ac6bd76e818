import { expect, test } from "vitest";
import { UpstashStore, type UpstashStoreOptions } from "../src/index.ts";

test.each([[{ url: "https://x.upstash.io", token: "hunter2" }, "https://x.upstash.io/"]])(
  "a store on %j says where it is, without credentials",
  (options, target) => {
    const store = new UpstashStore({ id: "s", disableInit: true, ...options } as UpstashStoreOptions);
    expect(store.stores?.memory).toMatchObject({ context: { target } });
  },
);
