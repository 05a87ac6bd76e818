import { engineSuite } from "@stowage/testkit";
import { postgresHarness } from "./harness.ts";
import { onPostgres } from "./server.ts";

onPostgres("15", (server) => {
  engineSuite("pg", postgresHarness(server));
});
