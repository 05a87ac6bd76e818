import { RedisStore } from "@stowage/redis";
import { engineSuite } from "@stowage/testkit";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { Cluster as IORedisCluster } from "ioredis";
import { createCluster } from "redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshPrefix, redisHarness } from "./harness.ts";
import { onRedis } from "./server.ts";

const open = (url: string) => createCluster({ rootNodes: [{ url }] });

onRedis(
  "a cluster",
  (server) => {
    let client: ReturnType<typeof open>;
    beforeAll(async () => {
      client = open(server().connectionString);
      await client.connect();
    });
    afterAll(() => client?.close());

    engineSuite(
      "redis cluster",
      redisHarness(() => ({ client })),
    );

    test("an application's day", async () => {
      const storage = new RedisStore({ id: "day", client, keyPrefix: freshPrefix() });
      expect(await applicationDay(storage)).toEqual(expectedDay);
      await storage.close();
      expect(client.isOpen).toBe(true);
    });

    test("an application's day through ioredis", async () => {
      const cluster = new IORedisCluster([server().connectionString]);
      const storage = new RedisStore({ id: "day", client: cluster, keyPrefix: freshPrefix() });
      expect(await applicationDay(storage)).toEqual(expectedDay);
      await storage.close();
      cluster.disconnect();
    });

    test("all keys of a prefix are in one slot, and prefixes in several", async () => {
      const prefixes = Array.from({ length: 8 }, freshPrefix);
      const slots = new Set<number>();
      for (const keyPrefix of prefixes) {
        const storage = new RedisStore({ id: "slots", client, keyPrefix });
        const scores = await storage.getStore("scores");
        await scores?.saveScore({
          runId: "r",
          scorerId: "s",
          entityId: "e",
          entityType: "AGENT",
          source: "LIVE",
          score: 1,
          output: "o",
          scorer: { id: "s" },
          entity: { id: "e" },
        });
        const keys = (await server().command("KEYS", `${keyPrefix}*`))
          .split("\r\n")
          .filter((key) => key.startsWith(keyPrefix));
        expect(keys.length).toBeGreaterThan(3);
        const own = new Set<number>();
        for (const key of keys)
          own.add(Number((await client.sendCommand(key, true, ["CLUSTER", "KEYSLOT", key])) as number));
        expect(own.size).toBe(1);
        for (const slot of own) slots.add(slot);
        await storage.close();
      }
      expect(slots.size).toBeGreaterThan(1);
    });
  },
  { cluster: true },
);
