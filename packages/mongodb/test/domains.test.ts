import { domainSuite, storageHarness } from "@stowage/testkit";
import { mongoHarness } from "./harness.ts";
import { onGivenMongo, onMongo } from "./server.ts";

onMongo("replica-set", (server) => {
  const harness = storageHarness(mongoHarness(server, "native", { recycle: true }));
  domainSuite("mongodb", { ...harness, domains: ["workflows", "scores"] });
});

onGivenMongo((server) => {
  domainSuite("mongodb", storageHarness(mongoHarness(server, "native", { recycle: true })));
});
