import { engineSuite, modelSuite } from "@stowage/testkit";
import { bindingHarness, onWorkerd } from "./harness.ts";

const url = onWorkerd();

engineSuite("workers kv", bindingHarness(url));
modelSuite("workers kv", bindingHarness(url), { runs: 10 });
