import { expect, test } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../src/index.ts";

test.each([
  [{ connectionString: "redis://ada:hunter2@cache.example:6380/2" }, "redis://cache.example:6380/2"],
  [{ host: "cache.example", password: "hunter2" }, "redis://cache.example:6379/0"],
])("a store on %j says where it is, without credentials", (options, target) => {
  const store = new RedisStore({ id: "s", disableInit: true, ...options } as RedisStoreOptions);
  expect(store.stores?.memory).toMatchObject({ context: { target } });
});
