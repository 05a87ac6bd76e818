import { expect, test } from "vitest";
import { InMemoryStore, MastraCompositeStore, MastraStorage } from "../index.ts";

test("a storage object gives the very domain objects it holds", async () => {
  const storage = new InMemoryStore();
  expect(storage).toBeInstanceOf(MastraCompositeStore);
  expect(storage).toBeInstanceOf(MastraStorage);
  expect(storage).toMatchObject({ id: "in-memory", name: "InMemoryStorage" });
  expect(await storage.getStore("memory")).toBe(storage.stores.memory);
  expect(storage.stores.memory?.constructor.name).toBe("MemoryInMemory");
  expect(await storage.getStore("constructor" as never)).toBeUndefined();
});

test("a removed passthrough method says where its work went", async () => {
  const storage = new InMemoryStore() as unknown as { getThreadById(a: object): Promise<unknown> };
  await expect(storage.getThreadById({ threadId: "t" })).rejects.toThrow(/getStore\('memory'\)\)\?\.getThreadById/);
});
