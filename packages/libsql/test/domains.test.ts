import { domainSuite, storageHarness } from "@stowage/testkit";
import { fileHarness } from "./harnesses.ts";

domainSuite("libsql file", storageHarness(fileHarness()));
