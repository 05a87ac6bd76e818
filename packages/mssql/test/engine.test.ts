import { engineSuite, modelSuite } from "@stowage/testkit";
import { mssqlHarness, onServer } from "./live.ts";

onServer((url) => {
  engineSuite("mssql", mssqlHarness(url));
  engineSuite("mssql, derived", mssqlHarness(url, { forceDerived: true }));
  modelSuite("mssql", mssqlHarness(url));
});
