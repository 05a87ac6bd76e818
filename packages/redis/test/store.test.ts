import { MastraCompositeStore, MastraStorage } from "@stowage/core";
import * as stowage from "@stowage/redis";
import { expect, test } from "vitest";
import { onRedis } from "./server.ts";

const { RedisStore, StoreMemoryRedis } = stowage;

test("classes have the names by which they are imported", () => {
  for (const [name, value] of Object.entries(stowage)) {
    if (typeof value === "function" && /^[A-Z]/.test(name)) expect(value.name).toBe(name);
  }
});

test("a store is a storage object, and needs an id", () => {
  const storage = new RedisStore({ id: "main", host: "localhost" });
  expect(storage).toBeInstanceOf(MastraCompositeStore);
  expect(storage).toBeInstanceOf(MastraStorage);
  expect(storage.name).toBe("Redis");
  expect(() => new RedisStore({ id: " ", host: "localhost" })).toThrow("id must be provided and cannot be empty");
});

onRedis("a domain of its own", (server) => {
  test("opens and closes its connection", async () => {
    const memory = new StoreMemoryRedis({ connectionString: server().connectionString });
    await memory.init();
    expect(await memory.getThreadById({ threadId: "none" })).toBeNull();
    await memory.close();
    await expect(memory.getThreadById({ threadId: "none" })).rejects.toMatchObject({ code: "closed" });
  });
});
