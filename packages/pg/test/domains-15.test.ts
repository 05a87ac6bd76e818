import { domainSuite, storageHarness } from "@stowage/testkit";
import { postgresHarness } from "./harness.ts";
import { onPostgres } from "./server.ts";

onPostgres("15", (server) => {
  const harness = storageHarness(postgresHarness(server, {}, { recycle: true }));
  domainSuite("pg", { ...harness, domains: ["memory", "workflows", "scores", "observability", "agents"] });
});
