import { chaosSuite } from "@stowage/testkit";
import { postgresHarness } from "./harness.ts";
import { onPostgres } from "./server.ts";

onPostgres("18", (server) => {
  chaosSuite("pg", postgresHarness(server));
});
