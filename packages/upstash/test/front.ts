import { type NodeRedisClient, redisEngine } from "@stowage/redis";
import { findRedis, RedisFront, type RedisServer, startRedis } from "@stowage/testkit/engines";
import { afterAll, beforeAll, describe, test } from "vitest";

/**
 * Suites on the REST front before a Redis of their own. Where it is not installed they are one test, which says so: skipped
 * on a contributor's machine, failed in CI.
 */
export function onFront(suites: (front: () => RedisFront) => void): void {
  if (!findRedis()) {
    const what = "redis-server is not installed, so nothing of Upstash was tested";
    if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
    else test.skip(what);
    console.warn(what);
    return;
  }
  describe("REST", () => {
    let server: RedisServer | undefined;
    let behind: ReturnType<typeof redisEngine> | undefined;
    let front: RedisFront | undefined;
    beforeAll(async () => {
      server = await startRedis();
      behind = redisEngine({ connectionString: server.connectionString });
      const client = (await behind.getClient()) as NodeRedisClient;
      front = new RedisFront((command) => client.sendCommand(command));
      await front.listen();
    }, 60_000);
    afterAll(async () => {
      await front?.close();
      await behind?.close();
      await server?.stop();
    });
    suites(() => {
      if (!front) throw new Error("the server runs inside tests only");
      return front;
    });
  });
}
