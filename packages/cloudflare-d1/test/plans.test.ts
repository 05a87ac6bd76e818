import * as adapter from "@stowage/cloudflare-d1";
import { sqlitePlanSuite, tablesOf } from "@stowage/testkit";
import { RemoteEngine } from "@stowage/testkit/remote";
import { onD1 } from "./harness.ts";

const database = onD1();

sqlitePlanSuite("d1", {
  tables: tablesOf(adapter),
  open: () => RemoteEngine.open({ tablePrefix: "plans_" }, (body) => database().send("/engine", body)),
});
