import { describeEngine } from "@stowage/testkit";
import { redisHarness } from "./harness.ts";
import { onRedis } from "./server.ts";

onRedis("Redis", (server) => {
  const harness = redisHarness(() => ({ connectionString: server().connectionString }));
  describeEngine("redis", harness, { suites: ["engine", "model", "chaos"] });
});
