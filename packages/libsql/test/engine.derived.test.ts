import { engineSuite, modelSuite } from "@stowage/testkit";
import { fileHarness } from "./harnesses.ts";

// The same answers, with the database's own filters and aggregates switched off.
engineSuite("libsql derived", fileHarness({}, { forceDerived: true }));
modelSuite("libsql derived", fileHarness({}, { forceDerived: true }));
