import { RedisStore } from "@stowage/redis";
import { engineSuite } from "@stowage/testkit";
import { freePort, startRedisSentinel } from "@stowage/testkit/engines";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { Redis as IORedis } from "ioredis";
import { createClient, createSentinel, RESP_TYPES } from "redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshPrefix, redisHarness } from "./harness.ts";
import { onRedis } from "./server.ts";

onRedis("clients of the caller's", (server) => {
  let ioredis: IORedis;
  beforeAll(() => {
    // A prefix of the client's own reaches the scripts as well.
    ioredis = new IORedis(server().port, "127.0.0.1", { keyPrefix: "own:" });
  });
  afterAll(() => ioredis?.disconnect());

  engineSuite(
    "redis through ioredis",
    redisHarness(() => ({ client: ioredis })),
  );

  test("a client of redis with the newer protocol, left open", async () => {
    const client = createClient({ url: server().connectionString, RESP: 3 });
    await client.connect();
    const storage = new RedisStore({ id: "day", client, prefix: freshPrefix() });
    expect(await applicationDay(storage)).toEqual(expectedDay);
    expect(await storage.getClient()).toBe(client);
    await storage.close();
    expect(client.isOpen).toBe(true);
    await client.close();
  });

  test("a client of redis whose replies are buffers for its owner", async () => {
    const client = createClient({
      url: server().connectionString,
      commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String } },
    });
    await client.connect();
    const storage = new RedisStore({ id: "day", client, keyPrefix: freshPrefix() });
    expect(await applicationDay(storage)).toEqual(expectedDay);
    await storage.close();
    expect(await client.echo("owner")).toBeInstanceOf(Buffer);
    await client.close();
  });

  test("a client behind a sentinel", async () => {
    const sentinel = await startRedisSentinel(server().port);
    const client = createSentinel({
      name: sentinel.name,
      sentinelRootNodes: [{ host: "127.0.0.1", port: sentinel.port }],
    });
    client.on("error", () => undefined);
    await client.connect();
    const storage = new RedisStore({ id: "day", client, keyPrefix: freshPrefix() });
    expect(await applicationDay(storage)).toEqual(expectedDay);
    await storage.close();
    expect(client.isOpen).toBe(true);
    await client.close();
    await sentinel.stop();
  });

  test("a client that is closed is told as what it is", async () => {
    const client = createClient({ url: server().connectionString });
    const storage = new RedisStore({ id: "closed", client, disableInit: true });
    const memory = await storage.getStore("memory");
    const call = memory?.getThreadById({ threadId: "t" }) as Promise<unknown>;
    await expect(call).rejects.toMatchObject({
      code: "unavailable",
      retry: "permanent",
      details: { domain: "memory" },
    });
  }, 60_000);

  test("a server that is not there is told without its address", async () => {
    const port = await freePort();
    const connectionString = `redis://user:very-secret@127.0.0.1:${port}`;
    const storage = new RedisStore({ id: "away", connectionString });
    const error: unknown = await storage.init().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "unavailable", retry: "exhausted" });
    expect(JSON.stringify(error) + String(error)).not.toContain("secret");
    await storage.close();
  }, 60_000);

  test("the parts of an address, and a database by its number", async () => {
    const options = { host: "127.0.0.1", port: server().port, keyPrefix: freshPrefix() };
    const first = new RedisStore({ id: "first", ...options, db: 1 });
    expect(await applicationDay(first)).toEqual(expectedDay);
    const other = new RedisStore({ id: "other", ...options, db: 2 });
    const memory = await other.getStore("memory");
    expect(await memory?.getThreadById({ threadId: "thread" })).toBeNull();
    await Promise.all([first.close(), other.close()]);
  });
});
