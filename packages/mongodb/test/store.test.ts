import { defineTable, find, get, insert, integer, patch, text, upsert } from "@stowage/core/engine";
import * as adapter from "@stowage/mongodb";
import { MemoryStorageMongoDB, MongoDBStore, mongodbEngine } from "@stowage/mongodb";
import { type Collection, MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, onMongo } from "./server.ts";

const make = (options: Record<string, unknown>) => () => new MongoDBStore({ id: "s", ...options } as never);
const uri = "mongodb://user:s3cr3t@h/";

describe("options", () => {
  for (const id of [undefined, "", "  "]) {
    test(`an id of ${JSON.stringify(id)} is refused`, () => {
      expect(make({ id, uri, dbName: "d" })).toThrow("id must be provided and cannot be empty.");
    });
  }
  for (const value of [undefined, "", "  ", 5]) {
    test(`an address of ${JSON.stringify(value)} is refused by name`, () => {
      expect(make({ uri: value, dbName: "d" })).toThrow("connection string");
      expect(make({ url: value, dbName: "d" })).toThrow("connection string");
    });
    test(`a dbName of ${JSON.stringify(value)} is refused by name`, () => {
      expect(make({ uri, dbName: value })).toThrow("dbName must be provided and cannot be empty");
    });
  }
  test("an address of another kind is refused without being told", () => {
    expect(make({ uri: "postgres://user:s3cr3t@h/", dbName: "d" })).toThrow(/^(?!.*s3cr3t).*connection string/);
  });
  test("url is uri", () => expect(make({ url: uri, dbName: "d" })).not.toThrow());
  test("with a handler neither address nor name is examined", () => {
    expect(make({ connectorHandler: { getCollection: () => undefined }, uri: "", dbName: "" })).not.toThrow();
    expect(make({ connectorHandler: {} })).toThrow("getCollection");
  });
  test("a client is one", () => {
    expect(make({ client: {}, dbName: "d" })).toThrow("client must be a MongoClient");
    expect(make({ client: new MongoClient("mongodb://h/"), dbName: "" })).toThrow("dbName");
  });
  for (const index of [undefined, {}, { collection: "c" }, { keys: { a: 1 } }]) {
    test(`an index of ${JSON.stringify(index)} is refused`, () => {
      expect(make({ uri, dbName: "d", indexes: [index] })).toThrow("of an index must be provided");
    });
  }
  test("the names that are known are the same classes", () => {
    expect(adapter.MemoryStorageMongoDB).toBe(adapter.MemoryMongoDB);
    expect(adapter.WorkflowsStorageMongoDB).toBe(adapter.WorkflowsMongoDB);
    expect(adapter.ScoresStorageMongoDB).toBe(adapter.ScoresMongoDB);
    expect(adapter.MongoDBAgentsStorage).toBe(adapter.AgentsMongoDB);
    expect(adapter.MongoDBDatasetsStorage).toBe(adapter.DatasetsMongoDB);
    expect(adapter.MongoDBExperimentsStorage).toBe(adapter.ExperimentsMongoDB);
  });
});

const items = defineTable(
  "items",
  { id: text(), owner: text(), rank: integer(), title: text().nullable() },
  {
    key: ["id"],
    unique: { byTitle: ["owner", "title"] },
    paths: { byOwner: { eq: ["owner"], sort: ["rank"] }, byTitle: { eq: ["owner"], sort: ["title"] } },
  },
);
const item = (rank: number, title: string | null = null) => ({ id: `i${rank}`, owner: "o", rank, title });

onMongo("replica-set", (server) => {
  let client: MongoClient;
  beforeAll(() => {
    client = new MongoClient(server().uri);
  });
  afterAll(() => client.close());
  const open = (options: object = {}, settings: adapter.MongoDBEngineSettings = {}) =>
    mongodbEngine({ client, dbName: freshDatabase(), ...options } as never, settings);

  test("a domain stands alone, on an address or a client", async () => {
    const dbName = freshDatabase();
    for (const [index, form] of [{ uri: server().uri }, { url: server().uri }, { client }].entries()) {
      const memory = new MemoryStorageMongoDB({ ...form, dbName } as never);
      const at = new Date();
      await memory.saveThread({
        thread: { id: `t${index}`, resourceId: "r", title: "", metadata: {}, createdAt: at, updatedAt: at },
      });
      expect((await memory.getThreadById({ threadId: `t${index}` }))?.id).toBe(`t${index}`);
      await memory.close();
    }
  });

  for (const hasClient of [true, false]) {
    test(`a handler with${hasClient ? "" : "out"} a client works, and is never closed`, async () => {
      let closed = 0;
      const db = client.db(freshDatabase());
      const connectorHandler = {
        getCollection: (name: string) => db.collection(name) as Collection,
        close: () => void closed++,
        ...(hasClient && { getClient: () => client }),
      };
      const engine = mongodbEngine({ connectorHandler });
      await engine.converge([items]);
      expect(engine.capabilities.atomicity).toBe(hasClient ? "native" : "journal");
      await engine.write([insert(items, item(1, "a")), insert(items, item(2, "b"))]);
      await expect(engine.write([insert(items, item(3, "a"))])).rejects.toMatchObject({
        refusal: { reason: "unique", unique: "byTitle" },
      });
      const [page] = await engine.read([find(items, { path: "byOwner", eq: { owner: "o" } })]);
      expect(page.rows.map(({ id }) => id)).toEqual(["i1", "i2"]);
      await engine.close();
      expect(closed).toBe(0);
    });
  }

  test("indexes have the names that are told, and those of paths can be left out without other answers", async () => {
    const dbName = freshDatabase();
    const names = async () =>
      (await client.db(dbName).collection("items").indexes()).map(({ name }) => name).filter((name) => name !== "_id_");
    const plain = open({ dbName, skipDefaultIndexes: true });
    await plain.converge([items]);
    expect(await names()).toEqual(["items_owner_title_key"]);
    await plain.write([3, 1, 2].map((rank) => upsert(items, item(rank))));
    const [page] = await plain.read([find(items, { path: "byOwner", eq: { owner: "o" } })]);
    expect(page.rows.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    await open({ dbName }).converge([items]);
    expect((await names()).sort()).toEqual(["items_owner_rank_idx", "items_owner_title_idx", "items_owner_title_key"]);
  });

  test("FD-087: an index of another definition under our name is built anew", async () => {
    const dbName = freshDatabase();
    await client.db(dbName).collection("items").createIndex({ rank: 1 }, { name: "items_owner_rank_idx" });
    await open({ dbName }).converge([items]);
    const found = await client.db(dbName).collection("items").indexes();
    expect(found.find(({ name }) => name === "items_owner_rank_idx")?.key).toEqual({ owner: 1, rank: 1, id: 1 });
  });

  test("indexes of one's own: built, logged when that is impossible, skipped where no table is", async () => {
    const warnings: string[] = [];
    const dbName = freshDatabase();
    const indexes = [
      { collection: "items", keys: { title: -1 as const }, options: { name: "mine" } },
      { collection: "items", keys: { rank: "nonsense" as never }, options: { name: "broken" } },
      { collection: "nothing", keys: { a: 1 as const } },
    ];
    const engine = open({ dbName, indexes }, { logger: { warn: (message) => void warnings.push(message) } });
    await engine.converge([items]);
    const found = await client.db(dbName).collection("items").indexes();
    expect(found.find(({ name }) => name === "mine")?.key).toEqual({ title: -1 });
    expect(warnings).toEqual(["stowage: the index broken could not be built"]);
    expect(await client.db(dbName).listCollections({ name: "nothing" }).toArray()).toEqual([]);
  });

  test("without init a missing collection is one clear error, and is not made in silence", async () => {
    const dbName = freshDatabase();
    const storage = new MongoDBStore({ id: "s", client, dbName, disableInit: true });
    const memory = await storage.getStore("memory");
    await expect(memory?.getThreadById({ threadId: "t" })).rejects.toMatchObject({
      code: "not_initialised",
      message: expect.stringContaining("call init()"),
    });
    expect(await client.db(dbName).listCollections().toArray()).toEqual([]);
  });

  test("a collection that somebody else filled is refused, an empty one is taken", async () => {
    const dbName = freshDatabase();
    const theirs = client.db(dbName).collection("items");
    await theirs.insertOne({ a: 1 });
    await expect(open({ dbName }).converge([items])).rejects.toMatchObject({ code: "schema" });
    await theirs.deleteMany({});
    await open({ dbName }).converge([items]);
  });

  test("a person who opens the database finds the columns", async () => {
    const dbName = freshDatabase();
    const storage = new MongoDBStore({ id: "s", client, dbName });
    const at = new Date(1_700_000_000_000);
    const thread = { id: "t", resourceId: "r", title: "T", metadata: { a: 1 }, createdAt: at, updatedAt: at };
    await storage.stores.memory?.saveThread({ thread });
    const found = await client
      .db(dbName)
      .collection("mastra_threads")
      .findOne({ _id: "t" as never });
    expect(found).toMatchObject({ _id: "t", id: "t", resourceId: "r", title: "T", createdAt: at, updatedAt: at });
    await storage.close();
  });
});

onMongo(
  "replica-set",
  (server) => {
    test("a database goes from one level to the other and back, with what the journal left and what is taken", async () => {
      const dbName = freshDatabase();
      const at = { uri: server().uri, dbName };
      const [first, second, third] = [mongodbEngine(at), mongodbEngine(at), mongodbEngine(at)];
      await first.converge([items]);
      await first.write([insert(items, item(1, "native")), insert(items, item(2))]);
      await first.close();

      await server().crashAndRestart("standalone");
      await second.converge([items]);
      expect(second.capabilities.atomicity).toBe("journal");
      await expect(second.write([insert(items, item(3, "native"))])).rejects.toMatchObject({
        refusal: { reason: "unique" },
      });
      await second.write([insert(items, item(4, "journal")), patch(items, ["i1"], { set: { title: "moved" } })]);
      await second.close();

      await server().crashAndRestart("replica-set");
      await third.converge([items]);
      expect(third.capabilities.atomicity).toBe("native");
      await third.write([insert(items, item(5, "native")), insert(items, item(6))]);
      await expect(third.write([insert(items, item(7, "journal"))])).rejects.toMatchObject({
        refusal: { reason: "unique" },
      });
      const [{ rows }] = await third.read([get(items, [["i1"], ["i4"], ["i5"]])]);
      expect(rows.map((row) => row?.title)).toEqual(["moved", "journal", "native"]);
      await third.close();
    });
  },
  { isDurable: true },
);
