import { domainSuite, storageHarness } from "@stowage/testkit";
import { batches } from "../src/engine.ts";
import { clickhouseHarness } from "./harness.ts";
import { onClickhouse } from "./server.ts";

onClickhouse((server) => {
  const harness = storageHarness(clickhouseHarness(server, { recycle: true }), batches);
  domainSuite("clickhouse", { ...harness, domains: ["workflows"] });
});
