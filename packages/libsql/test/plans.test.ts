import type { Table } from "@stowage/core/engine";
import { sqlitePlanSuite } from "@stowage/testkit";
import { afterAll } from "vitest";
import { libsqlEngine } from "../src/engine.ts";
import * as adapter from "../src/index.ts";
import { notes, steps } from "./tables.ts";

const declared = Object.values(adapter).flatMap((exported) =>
  "tables" in exported ? (exported.tables as readonly Table[]) : [],
);
const engine = libsqlEngine({ url: ":memory:" });
afterAll(() => engine.close());

sqlitePlanSuite("libsql", {
  tables: [...new Map([...declared, notes, steps].map((table) => [table.name, table])).values()],
  open: () => engine,
});
