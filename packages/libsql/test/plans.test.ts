import { sqlitePlanSuite, tablesOf } from "@stowage/testkit";
import { afterAll } from "vitest";
import { libsqlEngine } from "../src/engine.ts";
import * as adapter from "../src/index.ts";
import { notes, steps } from "./tables.ts";

const engine = libsqlEngine({ url: ":memory:" });
afterAll(() => engine.close());

sqlitePlanSuite("libsql", {
  tables: [...new Set([...tablesOf(adapter), notes, steps])],
  open: () => engine,
});
