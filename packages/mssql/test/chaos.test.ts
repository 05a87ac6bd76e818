import { chaosSuite } from "@stowage/testkit";
import { mssqlHarness, onServer } from "./live.ts";

onServer((url) => chaosSuite("mssql", mssqlHarness(url)));
