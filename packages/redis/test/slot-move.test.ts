import { defineTable, type Engine, get, insert, integer, isStorageError, patch, text } from "@stowage/core/engine";
import { retry, stack } from "@stowage/core/layers";
import { redisEngine } from "@stowage/redis";
import { freePort, type RedisServer, startRedis } from "@stowage/testkit/engines";
import { createClient, createCluster } from "redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshPrefix } from "./harness.ts";
import { onRedis } from "./server.ts";

const counters = defineTable(
  "counters",
  { id: text(), n: integer() },
  { key: ["id"], paths: { byN: { sort: ["n"] } } },
);
const ids = Array.from({ length: 20 }, (_, n) => `c${n}`);
const word = async (client: ReturnType<typeof open>, ...command: string[]) => String(await client.sendCommand(command));
const open = (url: string) => createClient({ url, RESP: 2 });

onRedis(
  "a cluster whose slots move",
  (server) => {
    let other: RedisServer;
    let from: ReturnType<typeof open>;
    let to: ReturnType<typeof open>;
    beforeAll(async () => {
      const port = String(await freePort());
      other = await startRedis({ "cluster-enabled": "yes", "cluster-port": port, "cluster-announce-ip": "127.0.0.1" });
      from = await open(server().connectionString).connect();
      to = await open(other.connectionString).connect();
      // A node without slots is none that clients know.
      await from.sendCommand(["CLUSTER", "DELSLOTSRANGE", "0", "50"]);
      await to.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "50"]);
      await from.sendCommand(["CLUSTER", "MEET", "127.0.0.1", String(other.port), port]);
      const isWhole = async () => (await word(to, "CLUSTER", "INFO")).includes("cluster_state:ok");
      while (!(await isWhole())) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    afterAll(async () => {
      from?.destroy();
      to?.destroy();
      await other?.stop();
    });

    test("no write is lost or made twice, and what is refused is temporary", async () => {
      const keyPrefix = freshPrefix();
      const client = createCluster({ rootNodes: [{ url: server().connectionString }] });
      await client.connect();
      const engine: Engine = stack(redisEngine({ client, keyPrefix }), [retry()]);
      await engine.converge([counters]);
      await engine.write(ids.map((id) => insert(counters, { id, n: 0 })));

      const slot = await word(from, "CLUSTER", "KEYSLOT", `${keyPrefix}{${keyPrefix}}`);
      const [oldNode, newNode] = [await word(from, "CLUSTER", "MYID"), await word(to, "CLUSTER", "MYID")];
      await to.sendCommand(["CLUSTER", "SETSLOT", slot, "IMPORTING", oldNode]);
      await from.sendCommand(["CLUSTER", "SETSLOT", slot, "MIGRATING", newNode]);

      const acknowledged = new Map(ids.map((id) => [id, 0]));
      const refusals: unknown[] = [];
      let isMoving = true;
      const writing = (async () => {
        for (let n = 0, after = ids.length; isMoving || after-- > 0; n++) {
          const id = ids[n % ids.length] as string;
          try {
            await engine.write([patch(counters, [id], { raise: { n: 0 }, expect: "exists" })]);
            acknowledged.set(id, (acknowledged.get(id) ?? 0) + 1);
          } catch (error) {
            refusals.push(error);
          }
        }
      })();
      // The worst order: the new node has the schema and, for a while, few records.
      const isSchema = (key: string) => Number(key.includes("stowage_schema"));
      const keys = ((await from.sendCommand(["CLUSTER", "GETKEYSINSLOT", slot, "1000"])) as unknown as string[]).sort(
        (a, b) => isSchema(b) - isSchema(a),
      );
      for (const key of keys) {
        // Answers that are kept for a while may be gone by now.
        expect(await word(from, "MIGRATE", "127.0.0.1", String(other.port), key, "0", "5000")).toMatch(/OK|NOKEY/);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      for (const node of [to, from]) await node.sendCommand(["CLUSTER", "SETSLOT", slot, "NODE", newNode]);
      isMoving = false;
      await writing;

      const [{ rows }] = await engine.read([
        get(
          counters,
          ids.map((id): [string] => [id]),
        ),
      ]);
      expect(new Map(rows.map((row, n) => [ids[n], row?.n]))).toEqual(acknowledged);
      expect(Math.min(...acknowledged.values())).toBeGreaterThan(0);
      for (const error of refusals) {
        expect(isStorageError(error) && { code: error.code, retry: error.retry }).toEqual({
          code: "unavailable",
          retry: "exhausted",
        });
      }
      await engine.close();
      client.destroy();
    });
  },
  { cluster: true },
);
