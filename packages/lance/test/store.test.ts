import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@lancedb/lancedb";
import { MastraCompositeStore } from "@stowage/core";
import { fd } from "@stowage/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LanceStorage, StoreMemoryLance } from "../src/index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-lance-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const resource = () => ({ id: "r", createdAt: new Date(), updatedAt: new Date() });

test("a store is made with an id and a name, or with a name alone", async () => {
  const named = await LanceStorage.create("an id", "a name", folder);
  const unnamed = await LanceStorage.create("a name", folder, {}, { disableInit: true });
  expect(named).toBeInstanceOf(MastraCompositeStore);
  expect([named.id, unnamed.id]).toEqual(["an id", "a name"]);
  expect([named.name, unnamed.name]).toEqual(["a name", "a name"]);
  expect(named.stores.memory).toBeInstanceOf(StoreMemoryLance);
  expect(Object.keys(named.stores)).toHaveLength(7);
  await Promise.all([named.close(), unnamed.close()]);
});

test("a place that cannot be is named at once", async () => {
  await expect(LanceStorage.create("a", "b", "")).rejects.toThrow(/uri or client must be provided/);
  await expect(LanceStorage.create("", "b", folder)).rejects.toThrow(/id must be provided and cannot be empty/);
});

test.each([
  ["nothing://ada:hunter2@place/secret", "invalid_argument"],
  ["db://secret", "invalid_argument"],
  ["/dev/null/secret", "unavailable"],
])("what cannot be opened (%s) is an error of ours, at once or at the first use", async (uri, code) => {
  const of = async (call: () => Promise<unknown>) => {
    const error = await call().catch((error: unknown) => error);
    expect(error).toMatchObject({ name: "StorageError", code });
    const { message, cause } = error as Error;
    expect(`${message} ${cause} ${(cause as Error)?.cause}`).not.toMatch(/secret|hunter2/);
  };
  await of(() => LanceStorage.create("a", "b", uri));
  const storage = new LanceStorage({ id: "a", uri });
  await of(async () => storage.stores.memory?.getResourceById({ resourceId: "r" }));
  await storage.close();
});

test("a connection that was given is left open, and others see what was written", async () => {
  const client = await connect(folder);
  const storage = LanceStorage.fromClient("a", "b", client);
  await storage.stores.memory?.saveResource({ resource: resource() });
  await storage.close();
  expect(client.isOpen()).toBe(true);
  const memory = new StoreMemoryLance({ client });
  expect(await memory.getResourceById({ resourceId: "r" })).toMatchObject({ id: "r" });
  await memory.close();
  client.close();
});

fd("FD-013", "writers who insert one key at the same moment make one record", async () => {
  const stores = await Promise.all([1, 2, 3].map(() => LanceStorage.create("a", "b", folder)));
  await stores[0]?.init();
  await Promise.all(stores.map((storage) => storage.stores.memory?.saveResource({ resource: resource() })));
  const table = await (await connect(folder)).openTable("mastra_resources");
  expect(await table.countRows()).toBe(1);
  await Promise.all(stores.map((storage) => storage.close()));
});
