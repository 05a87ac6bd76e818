import { domainSuite, storageHarness } from "@stowage/testkit";
import { mongoHarness } from "./harness.ts";
import { onMongo } from "./server.ts";

onMongo("replica-set", (server) => {
  domainSuite("mongodb", storageHarness(mongoHarness(server, "native", { recycle: true })));
});
