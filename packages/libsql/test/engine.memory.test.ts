import { engineSuite, modelSuite } from "@stowage/testkit";
import { memoryHarness } from "./harnesses.ts";

engineSuite("libsql memory", memoryHarness());
modelSuite("libsql memory", memoryHarness());
