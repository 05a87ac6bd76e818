import { chaosSuite, engineSuite, modelSuite } from "@stowage/testkit";
import { clickhouseHarness } from "./harness.ts";
import { onClickhouse } from "./server.ts";

onClickhouse((server) => {
  engineSuite("clickhouse", clickhouseHarness(server));
  // Each life is some hundred requests.
  modelSuite("clickhouse", clickhouseHarness(server), { runs: 15 });
  chaosSuite("clickhouse", clickhouseHarness(server));
});
