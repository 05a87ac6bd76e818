import { domainSuite, storageHarness } from "@stowage/testkit";
import { batches } from "../src/engine.ts";
import { lanceHarness } from "./harness.ts";

domainSuite("lance", { ...storageHarness(lanceHarness(), batches), domains: ["workflows"] });
