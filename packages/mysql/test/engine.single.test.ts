import { engineSuite, modelSuite } from "@stowage/testkit";
import { mysqlHarness } from "./harness.ts";
import { onMariadb } from "./server.ts";

// A pool as people have it: one statement a request.
onMariadb((server) => {
  engineSuite("mysql, one statement a request", mysqlHarness(server, {}, { severalStatements: false }));
  modelSuite("mysql, one statement a request", mysqlHarness(server, {}, { severalStatements: false }));
});
