import { engineSuite, modelSuite } from "@stowage/testkit";
import { bindingHarness, onD1 } from "./harness.ts";

const database = onD1();

engineSuite("d1 binding", bindingHarness(database));
modelSuite("d1 binding", bindingHarness(database));
