import { engineSuite, memoryHarness } from "../src/index.ts";

engineSuite("in-memory", memoryHarness());
