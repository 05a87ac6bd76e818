import { type RedisClient, RedisStore } from "@stowage/redis";
import { budgetSuite } from "@stowage/testkit";
import { createClient } from "redis";
import { afterAll, beforeAll } from "vitest";
import { freshPrefix } from "./harness.ts";
import { onRedis } from "./server.ts";

onRedis("requests", (server) => {
  const keyPrefix = freshPrefix();
  let client: ReturnType<typeof createClient>;
  let requests = 0;
  beforeAll(async () => {
    client = createClient({ url: server().connectionString });
    await client.connect();
  });
  afterAll(() => client?.close());

  const counted: RedisClient = {
    sendCommand: (command: readonly string[]) => {
      requests++;
      return client.sendCommand(command);
    },
  };
  budgetSuite("redis", {
    open: () => new RedisStore({ id: "budget", client: counted, keyPrefix }),
    requests: () => requests,
  });
});
