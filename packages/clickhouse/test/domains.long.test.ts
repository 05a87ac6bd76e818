import { domainSuite, storageHarness } from "@stowage/testkit";
import { batches } from "../src/engine.ts";
import { clickhouseHarness } from "./harness.ts";
import { onClickhouse } from "./server.ts";

onClickhouse((server) => {
  domainSuite("clickhouse", storageHarness(clickhouseHarness(server, { recycle: true }), batches));
});
