import { storageHarness } from "../src/domains/storage-on.ts";
import { domainSuite } from "../src/domains/suite.ts";
import { memoryHarness } from "../src/memory-harness.ts";

domainSuite("in-memory", { ...storageHarness(memoryHarness()), domains: ["observability"] });
