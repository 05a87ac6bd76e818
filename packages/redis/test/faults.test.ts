import {
  check,
  defineTable,
  type Engine,
  get,
  insert,
  integer,
  modify,
  patch,
  text,
  upsert,
} from "@stowage/core/engine";
import { retry, stack } from "@stowage/core/layers";
import { redisEngine } from "@stowage/redis";
import { fd } from "@stowage/testkit";
import { TcpProxy } from "@stowage/testkit/engines";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshPrefix } from "./harness.ts";
import { onRedis } from "./server.ts";

const counters = defineTable(
  "counters",
  { id: text(), n: integer() },
  { key: ["id"], paths: { byN: { sort: ["n"] } } },
);

onRedis("faults", (server) => {
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = new TcpProxy(server().port);
    await proxy.listen();
  });
  afterAll(() => proxy?.close());

  const through = async (keyPrefix = freshPrefix()): Promise<Engine> => {
    const connectionString = `redis://127.0.0.1:${proxy.port}`;
    const engine = stack(redisEngine({ connectionString, keyPrefix }), [retry()]);
    await engine.converge([counters]);
    return engine;
  };
  const countOf = async (engine: Engine, id: string) => (await engine.read([get(counters, [[id]])]))[0].rows[0]?.n;

  fd("FD-003", "a connection that breaks at any byte of a request or an answer loses and doubles nothing", async () => {
    const engine = await through();
    await engine.write([insert(counters, { id: "a", n: 0 }), insert(counters, { id: "guard", n: 0 })]);
    // A write that raises what is stored tells whether it was applied once or twice.
    const raise = () =>
      engine.write([
        patch(counters, ["a"], { raise: { n: 0 }, expect: "exists" }),
        check(counters, ["guard"], "exists"),
      ]);
    proxy.arm(undefined);
    await raise();
    const { client: sent, server: answered } = proxy.counted;
    let expected = 1;
    const cuts = [
      ...Array.from({ length: 12 }, (_, n) => ({ from: "client" as const, after: Math.floor((sent * n) / 12) })),
      ...Array.from({ length: answered }, (_, n) => ({ from: "server" as const, after: n })).filter(
        (_, n) => n % 5 === 0,
      ),
    ];
    for (const cut of cuts) {
      proxy.arm(cut);
      await raise();
      expected++;
      expect(proxy.isSpent, JSON.stringify(cut)).toBe(true);
      expect(await countOf(engine, "a"), JSON.stringify(cut)).toBe(expected);
    }
    await engine.close();
  });

  fd("FD-012", "increments of many callers survive connections that break under them", async () => {
    const keyPrefix = freshPrefix();
    const engines = [await through(keyPrefix), await through(keyPrefix)];
    const [first] = engines as [Engine, Engine];
    await first.write([upsert(counters, { id: "a", n: 0 })]);
    let isRunning = true;
    const cutting = (async () => {
      for (let n = 0; isRunning; n++) {
        proxy.arm({ from: n % 2 ? "client" : "server", after: 150 + n * 37 });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      proxy.arm(undefined);
    })();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) =>
        modify(engines[n % 2] as Engine, counters, ["a"], (row, rev) => ({
          write: [patch(counters, ["a"], { set: { n: (row?.n ?? 0) + 1 }, expect: { rev } })],
          result: undefined,
        })),
      ),
    );
    isRunning = false;
    await cutting;
    const done = outcomes.filter(({ status }) => status === "fulfilled").length;
    const unsure = outcomes.filter(({ status }) => status === "rejected").length;
    const n = (await countOf(first, "a")) as number;
    expect(n).toBeGreaterThanOrEqual(done);
    expect(n).toBeLessThanOrEqual(done + unsure);
    expect(done).toBeGreaterThan(50);
    for (const engine of engines) await engine.close();
  });

  test("scripts that the server has forgotten are sent again", async () => {
    const engine = await through();
    await engine.write([upsert(counters, { id: "a", n: 1 })]);
    await server().command("SCRIPT", "FLUSH");
    await engine.write([upsert(counters, { id: "b", n: 2 })]);
    await server().command("SCRIPT", "FLUSH");
    expect(await countOf(engine, "b")).toBe(2);
    await engine.close();
  });

  test("a server that runs out of memory refuses whole batches, and says so", async () => {
    const engine = await through();
    await engine.write([upsert(counters, { id: "a", n: 1 })]);
    await server().command("CONFIG", "SET", "maxmemory", "1");
    const write = engine.write([upsert(counters, { id: "a", n: 2 }), upsert(counters, { id: "b", n: 2 })]);
    const refused = expect(write).rejects.toMatchObject({ code: "resource_limit", retry: "permanent" });
    await refused.finally(() => server().command("CONFIG", "SET", "maxmemory", "0"));
    expect(await countOf(engine, "a")).toBe(1);
    expect(await countOf(engine, "b")).toBeUndefined();
    await engine.write([upsert(counters, { id: "b", n: 2 })]);
    await engine.close();
  });

  test("a server that drops keys when it is full is warned of, once", async () => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message) };
    const engine = redisEngine({ connectionString: server().connectionString, keyPrefix: freshPrefix() }, { logger });
    await engine.converge([counters]);
    expect(warnings).toEqual([]);
    await engine.close();
    await server().command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    const other = redisEngine({ connectionString: server().connectionString, keyPrefix: freshPrefix() }, { logger });
    await other.converge([counters]);
    await other.converge([counters]);
    await server().command("CONFIG", "SET", "maxmemory-policy", "noeviction");
    expect(warnings).toEqual([expect.stringContaining("allkeys-lru")]);
    await other.close();
  });

  test("a server that has not loaded its data is waited for", async () => {
    const engine = await through();
    await engine.write([upsert(counters, { id: "a", n: 1 })]);
    // A replica without its master answers reads and refuses writes, as one that is promoted late does.
    await server().command("REPLICAOF", "127.0.0.1", "1");
    const write = engine.write([upsert(counters, { id: "a", n: 2 })]);
    // The tries take 0.4 s on average, and hardly ever less than this.
    setTimeout(() => void server().command("REPLICAOF", "NO", "ONE"), 50);
    await write;
    expect(await countOf(engine, "a")).toBe(2);
    await engine.close();
  });
});
