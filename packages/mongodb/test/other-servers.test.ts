import { defineTable, get, insert, integer, text, upsert } from "@stowage/core/engine";
import { MongoDBStore, mongodbEngine } from "@stowage/mongodb";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { type Collection, MongoClient, MongoServerError } from "mongodb";
import { describe, expect, test } from "vitest";
import { countingClient } from "./counting.ts";
import { freshDatabase, onMongo } from "./server.ts";

const pairs = defineTable("pairs", { id: text(), n: integer() }, { key: ["id"] });
const others = defineTable("others", { id: text(), n: integer() }, { key: ["id"] });

describe("servers that speak the protocol and lack some of it", () => {
  for (const kind of ["replica-set", "standalone"] as const) {
    onMongo(
      kind,
      (server) => {
        test("an application works on SecantusDB as it comes", async () => {
          const storage = new MongoDBStore({ id: "day", uri: server().uri, dbName: freshDatabase() });
          expect(await applicationDay(storage)).toEqual(expectedDay);
          await storage.close();
        });
      },
      { isPlain: true },
    );
  }

  onMongo(
    "replica-set",
    (server) => {
      test("a refused read concern of bulkWrite costs one attempt, and is not sent again", async () => {
        const { client, sent } = countingClient(server().uri);
        const engine = mongodbEngine({ client, dbName: freshDatabase() });
        await engine.converge([pairs, others]);
        const write = async (id: string) => {
          sent();
          await engine.write([insert(pairs, { id, n: 1 }), insert(others, { id, n: 1 })]);
          return sent().filter((name) => name !== "abortTransaction");
        };
        expect(await write("a")).toEqual(["bulkWrite", "bulkWrite", "commitTransaction"]);
        expect(await write("b")).toEqual(["bulkWrite", "commitTransaction"]);
        await client.close();
      });

      test("reads of one call see one moment where sessions keep to none: in a transaction", async () => {
        const { client, sent } = countingClient(server().uri);
        const engine = mongodbEngine({ client, dbName: freshDatabase() });
        await engine.converge([pairs, others]);
        const round = (n: number) => engine.write([upsert(pairs, { id: "a", n }), upsert(others, { id: "b", n })]);
        await round(0);
        const both = [get(pairs, [["a"]]), get(others, [["b"]])] as const;
        await engine.read(both);
        sent();
        await engine.read(both);
        await engine.read([get(pairs, [["a"]])]);
        expect(sent().filter((name) => name !== "abortTransaction")).toEqual(["aggregate", "find"]);

        let isWriting = true;
        const writer = (async () => {
          for (let n = 1; n <= 100; n++) await round(n);
          isWriting = false;
        })();
        while (isWriting) {
          const [first, second] = await engine.read(both);
          expect(second.rows[0]?.n).toBe(first.rows[0]?.n);
        }
        await writer;
        await client.close();
      });

      test("reads of one call are read one by one where nothing can be united", async () => {
        const client = new MongoClient(server().uri);
        const db = client.db(freshDatabase());
        let refused = 0;
        const engine = mongodbEngine({
          connectorHandler: {
            getClient: () => client,
            getCollection: (name) => withoutUnions(db.collection(name), () => refused++),
          },
        });
        await engine.converge([pairs, others]);
        await engine.write([insert(pairs, { id: "a", n: 1 }), insert(others, { id: "b", n: 2 })]);
        for (let round = 0; round < 2; round++) {
          const [first, second] = await engine.read([get(pairs, [["a"]]), get(others, [["b"]])]);
          expect([first.rows[0]?.n, second.rows[0]?.n]).toEqual([1, 2]);
        }
        expect(refused).toBe(1);
        await client.close();
      });
    },
    { isPlain: true },
  );
});

/** The collection of a server that does not know the stage. */
function withoutUnions(collection: Collection, refuse: () => void): Collection {
  const aggregate: Collection["aggregate"] = (pipeline = [], options) => {
    if (!pipeline.some((stage) => "$unionWith" in stage)) return collection.aggregate(pipeline, options) as never;
    refuse();
    const unknown = { message: "Unrecognized pipeline stage name: '$unionWith'", code: 40324 };
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new MongoServerError(unknown)) }) } as never;
  };
  return new Proxy(collection, {
    get(target, name) {
      if (name === "aggregate") return aggregate;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
