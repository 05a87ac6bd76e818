import { domainSuite, storageHarness } from "@stowage/testkit";
import { batches } from "../src/engine.ts";
import { lanceHarness } from "./harness.ts";

const domains = ["memory", "scores", "observability", "agents", "datasets", "experiments"] as const;
domainSuite("lance", { ...storageHarness(lanceHarness(), batches), domains });
