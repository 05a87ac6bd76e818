import { domainSuite, storageHarness } from "@stowage/testkit";
import { mysqlHarness } from "./harness.ts";
import { onMariadb } from "./server.ts";

onMariadb((server) => {
  domainSuite("mysql", storageHarness(mysqlHarness(server, {}, { recycle: true })));
});
