import { domainSuite, storageHarness } from "@stowage/testkit";
import { memoryHarness } from "./harnesses.ts";

domainSuite("libsql memory", storageHarness(memoryHarness()));
