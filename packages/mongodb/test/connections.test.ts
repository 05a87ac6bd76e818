import { get, insert, patch, upsert } from "@stowage/core/engine";
import { type MongoDBEngine, type MongoDBOptions, mongodbEngine } from "@stowage/mongodb";
import { cutEverywhere, numbersOf, pairs } from "@stowage/testkit/connections";
import { TcpProxy } from "@stowage/testkit/engines";
import { MongoClient } from "mongodb";
import { afterEach, describe, expect, test } from "vitest";
import { freshDatabase, onMongo } from "./server.ts";

/** Options of a client that a test cuts the connections of: no heartbeat comes in between. */
const quiet = { heartbeatFrequencyMS: 60_000, serverMonitoringMode: "poll", maxPoolSize: 1 } as const;

for (const kind of ["replica-set", "standalone"] as const) {
  onMongo(kind, (server) => {
    const opened: { close(): Promise<void> }[] = [];
    const open = (options: Partial<MongoDBOptions> = {}): MongoDBEngine => {
      const engine = mongodbEngine({ uri: server().uri, dbName: freshDatabase(), ...options } as MongoDBOptions);
      opened.push(engine);
      return engine;
    };
    afterEach(async () => {
      for (const engine of opened.splice(0).reverse()) await engine.close();
    });
    test("the level is what the server says", async () => {
      const engine = open();
      expect(engine.capabilities.atomicity).toBe("journal");
      await engine.converge([pairs]);
      expect(engine.capabilities.atomicity).toBe(kind === "standalone" ? "journal" : "native");
    });

    test("a client of one's own is never closed, one that the engine made is", async () => {
      const client = new MongoClient(server().uri);
      const engine = open({ client, dbName: freshDatabase() } as never);
      await engine.converge([pairs]);
      await engine.close();
      expect((await client.db("admin").command({ ping: 1 })).ok).toBe(1);
      await client.close();
    });

    test("a client that reads numbers in its own way changes nothing", async () => {
      const client = new MongoClient(server().uri, { useBigInt64: true });
      const engine = open({ client, dbName: freshDatabase() } as never);
      await engine.converge([pairs]);
      await engine.write([upsert(pairs, { id: "a", n: 2 ** 40, note: null })]);
      expect(await numbersOf(engine)).toEqual([2 ** 40, 0]);
      await client.close();
    });

    test("errors hold no credentials and no value of any row", async () => {
      const secret = "s3cr3t";
      const nowhere = open({
        uri: `mongodb://user:${secret}@127.0.0.1:1/?directConnection=true`,
        options: { serverSelectionTimeoutMS: 300 },
      } as never);
      const unreachable = await nowhere.converge([pairs]).catch((error) => error);
      expect(unreachable).toMatchObject({ code: "unavailable", retry: "temporary" });
      const malformed = await open({ uri: `mongodb://user:${secret}@h:1/?tls=maybe` } as never)
        .converge([pairs])
        .catch((error) => error);
      expect(malformed).toMatchObject({ code: "invalid_argument" });
      const engine = open();
      await engine.converge([pairs]);
      await engine.write([insert(pairs, { id: `key-${secret}`, n: 1, note: secret })]);
      const tooLarge = await engine
        .write([insert(pairs, { id: "x", n: 1, note: secret.repeat(500_000) })])
        .catch((e) => e);
      expect(tooLarge).toMatchObject({ code: "too_large" });
      for (const error of [unreachable, malformed, tooLarge]) {
        const told = [error, error.cause]
          .map((each) => `${each?.message} ${each?.stack} ${JSON.stringify(each)}`)
          .join();
        expect(told).not.toContain(secret);
      }
    });

    test("a call ends at its deadline or signal, and what was aborted before it was sent is not there", async () => {
      const engine = open();
      await engine.converge([pairs]);
      await expect(engine.read([get(pairs, [["a"]])], { deadline: Date.now() - 1 })).rejects.toMatchObject({
        code: "timeout",
      });
      const controller = new AbortController();
      controller.abort();
      const aborted = engine.write([upsert(pairs, { id: "a", n: 1, note: null })], { signal: controller.signal });
      await expect(aborted).rejects.toMatchObject({ code: "aborted" });
      expect(await numbersOf(engine)).toEqual([0, 0]);
    });

    describe("a connection that is cut in the middle of a guarded write", () => {
      for (const from of ["client", "server"] as const) {
        test(`while the ${from} sends`, { timeout: 240_000 }, async () => {
          const proxy = new TcpProxy(server().port);
          await proxy.listen();
          const dbName = freshDatabase();
          const direct = open({ dbName });
          await direct.converge([pairs]);
          const client = new MongoClient(`mongodb://127.0.0.1:${proxy.port}/?directConnection=true`, quiet);
          const engine = open({ client, dbName } as never);
          const { cuts, unknown } = await cutEverywhere({
            ...{ proxy, from, direct, engine, untilItAnswers },
            step: (after) => after + 83,
            settled: () => untilItAnswers(() => engine.write(takesBoth)),
            isRefusal: ({ retry }) => retry !== "permanent",
          });
          // A transaction that was cut is made again, and a commit asked for again.
          expect(cuts).toBeGreaterThan(4);
          if (kind === "replica-set") expect(unknown).toBe(0);
          await client.close();
          await proxy.close();
        });
      }

      const untilItAnswers = async (task: () => Promise<unknown>) => {
        for (let tries = 0; ; tries++) {
          try {
            return await task();
          } catch (error) {
            if (tries === 20) throw error;
          }
        }
      };

      /** Comes through once nothing of a cut connection is under way. */
      const takesBoth = ["a", "b"].map((id) => patch(pairs, [id], { set: { note: "settled" } }));
    });
  });
}
