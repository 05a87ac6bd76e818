import { domainSuite, storageHarness } from "@stowage/testkit";
import { mssqlHarness, onServer } from "./live.ts";

onServer((url) => domainSuite("mssql", storageHarness(mssqlHarness(url))));
