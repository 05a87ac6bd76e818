import { chaosSuite, engineSuite, modelSuite } from "@stowage/testkit";
import { clickhouseHarness } from "./harness.ts";
import { onClickhouse } from "./server.ts";

onClickhouse((server) => {
  engineSuite("clickhouse", clickhouseHarness(server));
  modelSuite("clickhouse", clickhouseHarness(server));
  chaosSuite("clickhouse", clickhouseHarness(server));
});
