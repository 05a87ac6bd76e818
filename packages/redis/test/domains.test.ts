import { domainSuite, storageHarness } from "@stowage/testkit";
import { redisHarness } from "./harness.ts";
import { onRedis } from "./server.ts";

onRedis("Redis", (server) => {
  domainSuite("redis", storageHarness(redisHarness(() => ({ connectionString: server().connectionString }))));
});
