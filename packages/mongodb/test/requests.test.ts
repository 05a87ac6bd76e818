import { defineTable, get, insert, integer, patch, remove, text, upsert } from "@stowage/core/engine";
import { MongoDBStore, mongodbEngine } from "@stowage/mongodb";
import { budgetSuite } from "@stowage/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOfServer7, countingClient } from "./counting.ts";
import { freshDatabase, onMongo } from "./server.ts";

const pairs = defineTable(
  "pairs",
  { id: text(), owner: text(), n: integer(), note: text().nullable() },
  { key: ["id"], paths: { byOwner: { eq: ["owner"], sort: ["n"] } } },
);
const others = defineTable("others", { id: text(), n: integer() }, { key: ["id"] });

onMongo("replica-set", (server) => {
  let counter: ReturnType<typeof countingClient>;
  beforeAll(() => {
    counter = countingClient(server().uri);
  });
  afterAll(() => counter.client.close());

  describe("requests of the engine", () => {
    const open = async () => {
      const engine = mongodbEngine({ client: counter.client, dbName: freshDatabase() });
      await engine.converge([pairs, others]);
      await engine.write([insert(pairs, { id: "a", owner: "o", n: 0, note: null })]);
      counter.sent();
      return engine;
    };
    const row = (id: string) => ({ id, owner: "o", n: 1, note: null });

    test("one record is one request, whatever is expected of it", async () => {
      const engine = await open();
      const one = async (op: Parameters<typeof engine.write>[0][number]) => {
        const [result] = await engine.write([op]);
        expect(counter.sent()).toHaveLength(1);
        return result?.rev as number;
      };
      await one(insert(pairs, row("b")));
      await one(upsert(pairs, row("c"), { keep: ["note"] }));
      const rev = await one(upsert(pairs, row("c"), { expect: "exists" }));
      const next = await one(patch(pairs, ["c"], { set: { n: 2 }, expect: { rev } }));
      await one(patch(pairs, ["c"], { raise: { n: 2 }, set: { note: "$n" } }));
      await one(remove(pairs, ["b"], "exists"));
      await expect(engine.write([remove(pairs, ["c"], { rev: next })])).rejects.toMatchObject({ code: "conflict" });
      expect(counter.sent()).toEqual(["delete", "find"]);
    });

    const batch = [
      patch(pairs, ["a"], { raise: { n: 5 }, expect: "exists" }),
      insert(pairs, row("b")),
      upsert(pairs, row("c"), { keep: ["n"] }),
      insert(others, { id: "x", n: 1 }),
    ];

    test("a batch is one request and a commit, however many collections it has", async () => {
      const engine = await open();
      await engine.write(batch);
      expect(counter.sent()).toEqual(["bulkWrite", "commitTransaction"]);
    });

    test("before MongoDB 8.0 it is one request for each collection", async () => {
      const dbName = freshDatabase();
      const engine = mongodbEngine({ client: clientOfServer7(counter.client), dbName });
      await engine.converge([pairs, others]);
      await engine.write([insert(pairs, { id: "a", owner: "o", n: 0, note: null })]);
      counter.sent();
      await engine.write(batch);
      expect(counter.sent()).toEqual(["update", "insert", "commitTransaction"]);
    });

    test("the bulk form is one request for each collection", async () => {
      const engine = await open();
      const rows = Array.from({ length: 200 }, (_, n) => upsert(pairs, row(`r${n}`)));
      await engine.write(rows, { atomic: false });
      expect(counter.sent()).toEqual(["update"]);
    });

    test("a refusal looks at the records once", async () => {
      const engine = await open();
      const refused = engine.write([insert(others, { id: "y", n: 1 }), insert(pairs, row("a"))]);
      await expect(refused).rejects.toMatchObject({ refusal: { index: 1, reason: "absent" } });
      expect(counter.sent().filter((name) => name === "find")).toHaveLength(2);
    });

    test("the reads of one call are one request", async () => {
      const engine = await open();
      await engine.read([
        get(pairs, [["a"], ["b"]]),
        { op: "find", table: pairs, path: "byOwner", eq: { owner: "o" }, limit: 40 },
        { op: "count", table: pairs, path: "byOwner", eq: { owner: "o" } },
      ]);
      expect(counter.sent()).toEqual(["aggregate"]);
    });
  });

  test("a database that has everything takes at most three requests to start", async () => {
    const options = {
      id: "s",
      dbName: freshDatabase(),
      indexes: [{ collection: "mastra_threads", keys: { title: 1 as const } }],
    };
    await new MongoDBStore({ ...options, client: counter.client }).init();
    const second = countingClient(server().uri);
    await new MongoDBStore({ ...options, client: second.client }).init();
    const sent = second.sent();
    expect(sent.length, sent.join()).toBeLessThanOrEqual(3);
    await second.client.close();
  });

  test("FD-103: what init makes is bounded, and unused domains make nothing", async () => {
    const dbName = freshDatabase();
    const names = async () =>
      (await counter.client.db(dbName).listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    const { MemoryMongoDB } = await import("@stowage/mongodb");
    const memory = new MemoryMongoDB({ client: counter.client, dbName });
    await memory.init();
    expect((await names()).length).toBeLessThanOrEqual(8);
    await new MongoDBStore({ id: "s", client: counter.client, dbName }).init();
    expect((await names()).length).toBeLessThanOrEqual(36);
  });

  const dbName = freshDatabase();
  let requests = 0;
  budgetSuite("mongodb", {
    open: () => new MongoDBStore({ id: "budget", client: counter.client, dbName }),
    requests: () => (requests += counter.sent().length),
    // Writes to several documents are a transaction, whose commit is a request.
    budget: { "save 10 messages": 2, "insert 200 spans": 3 },
  });
});
