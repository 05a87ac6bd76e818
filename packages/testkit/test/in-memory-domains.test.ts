import { domainSuite, memoryHarness, storageHarness } from "../src/index.ts";

domainSuite("in-memory", { ...storageHarness(memoryHarness()), propertyShare: 1 });
