import { domainSuite, storageHarness } from "@stowage/testkit";
import { mongoHarness } from "./harness.ts";
import { onMongo } from "./server.ts";

onMongo("replica-set", (server) => {
  const harness = storageHarness(mongoHarness(server, "native", { recycle: true }));
  domainSuite("mongodb", { ...harness, domains: ["observability", "datasets", "experiments"] });
});
