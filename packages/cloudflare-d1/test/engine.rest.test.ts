import { engineSuite, modelSuite } from "@stowage/testkit";
import { onD1, restHarness } from "./harness.ts";

const database = onD1();

engineSuite("d1 rest", restHarness(database));
modelSuite("d1 rest", restHarness(database));
