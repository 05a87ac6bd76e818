import { engineSuite, memoryHarness, modelSuite } from "../src/index.ts";

engineSuite("in-memory", memoryHarness());
modelSuite("in-memory", memoryHarness());
