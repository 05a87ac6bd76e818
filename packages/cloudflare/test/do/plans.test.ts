import * as adapter from "@stowage/cloudflare/do";
import { sqlitePlanSuite, tablesOf } from "@stowage/testkit";
import { post } from "@stowage/testkit/engines";
import { RemoteEngine } from "@stowage/testkit/remote";
import { onWorkerd } from "./harness.ts";

const url = onWorkerd();

sqlitePlanSuite("durable object", {
  tables: tablesOf(adapter),
  open: () => RemoteEngine.open({ hasStorage: true }, (body) => post(new URL("/plans", url()), body)),
});
