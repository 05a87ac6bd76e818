import { engineSuite, modelSuite } from "@stowage/testkit";
import { objectHarness, onWorkerd } from "./harness.ts";

const url = onWorkerd();

// The same answers, with the database's own filters and aggregates switched off.
engineSuite("durable object, derived", objectHarness(url, { forceDerived: true }));
modelSuite("durable object, derived", objectHarness(url, { forceDerived: true }));
