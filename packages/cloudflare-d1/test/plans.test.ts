import * as adapter from "@stowage/cloudflare-d1";
import type { Table } from "@stowage/core/engine";
import { sqlitePlanSuite } from "@stowage/testkit";
import { RemoteEngine } from "@stowage/testkit/remote";
import { onD1 } from "./harness.ts";

const database = onD1();
const declared = Object.values(adapter).flatMap((exported) =>
  typeof exported === "function" && "tables" in exported ? (exported.tables as readonly Table[]) : [],
);

sqlitePlanSuite("d1", {
  tables: [...new Map(declared.map((table) => [table.name, table])).values()],
  open: () => RemoteEngine.open({ tablePrefix: "plans_" }, (body) => database().send("/engine", body)),
});
