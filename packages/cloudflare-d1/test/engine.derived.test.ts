import { engineSuite, modelSuite } from "@stowage/testkit";
import { bindingHarness, onD1 } from "./harness.ts";

const database = onD1();

// The same answers, with the database's own filters and aggregates switched off.
engineSuite("d1 derived", bindingHarness(database, { forceDerived: true }));
modelSuite("d1 derived", bindingHarness(database, { forceDerived: true }));
