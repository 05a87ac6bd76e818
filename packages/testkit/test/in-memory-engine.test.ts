import { describeEngine, memoryHarness } from "../src/index.ts";

describeEngine("in-memory", memoryHarness(), { suites: ["engine", "model", "chaos"] });
