import { domainSuite } from "@stowage/testkit";
import { domainHarness } from "./harness.ts";
import { onClickhouse } from "./server.ts";

onClickhouse((server) => {
  domainSuite("clickhouse", { ...domainHarness(server), domains: ["datasets", "experiments"] });
});
