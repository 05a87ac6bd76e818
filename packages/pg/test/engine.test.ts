import { engineSuite, modelSuite } from "@stowage/testkit";
import { postgresHarness } from "./harness.ts";
import { onPostgres } from "./server.ts";

onPostgres("18", (server) => {
  engineSuite("pg", postgresHarness(server));
  modelSuite("pg", postgresHarness(server));
});
