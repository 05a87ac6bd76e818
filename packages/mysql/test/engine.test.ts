import { engineSuite, modelSuite } from "@stowage/testkit";
import { mysqlHarness } from "./harness.ts";
import { onMariadb } from "./server.ts";

onMariadb((server) => {
  engineSuite("mysql", mysqlHarness(server));
  modelSuite("mysql", mysqlHarness(server));
});
