import { engineSuite } from "../src/engine/suite.ts";
import { memoryHarness } from "../src/memory-harness.ts";

engineSuite("in-memory", memoryHarness());
