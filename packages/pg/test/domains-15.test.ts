import { domainSuite, storageHarness } from "@stowage/testkit";
import { postgresHarness } from "./harness.ts";
import { onPostgres } from "./server.ts";

onPostgres("15", (server) => {
  domainSuite("pg", storageHarness(postgresHarness(server, {}, { recycle: true })));
});
