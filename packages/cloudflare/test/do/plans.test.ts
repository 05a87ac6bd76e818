import * as adapter from "@stowage/cloudflare/do";
import type { Table } from "@stowage/core/engine";
import { sqlitePlanSuite } from "@stowage/testkit";
import { post } from "@stowage/testkit/engines";
import { RemoteEngine } from "@stowage/testkit/remote";
import { onWorkerd } from "./harness.ts";

const url = onWorkerd();
const declared = Object.values(adapter).flatMap((exported) =>
  typeof exported === "function" && "tables" in exported ? (exported.tables as readonly Table[]) : [],
);

sqlitePlanSuite("durable object", {
  tables: [...new Map(declared.map((table) => [table.name, table])).values()],
  open: () => RemoteEngine.open({ hasStorage: true }, (body) => post(new URL("/plans", url()), body)),
});
