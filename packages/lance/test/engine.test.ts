import { engineSuite, modelSuite } from "@stowage/testkit";
import { lanceHarness } from "./harness.ts";

engineSuite("lance", lanceHarness());
// Each life is some hundred commits.
modelSuite("lance", lanceHarness(), { runs: 15 });
