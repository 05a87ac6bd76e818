import { engineSuite } from "@stowage/testkit";
import { clickhouseHarness } from "./harness.ts";
import { onClickhouse } from "./server.ts";

// Tables that are not small are walked by their entries: the answers are the same.
onClickhouse((server) => {
  engineSuite("clickhouse by entries", clickhouseHarness(server, { smallTable: 0 }));
});
