import { chaosSuite } from "@stowage/testkit";
import { mysqlHarness } from "./harness.ts";
import { onMariadb } from "./server.ts";

onMariadb((server) => {
  chaosSuite("mysql", mysqlHarness(server));
});
