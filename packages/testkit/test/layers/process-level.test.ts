import { MemoryEngine } from "@stowage/core/engine";
import { overflow, processLevel } from "@stowage/core/layers";
import { chaosSuite, type EngineHarness, engineSuite, memoryHarness, modelSuite } from "../../src/index.ts";

// A database that upserts and removes, and nothing more.
const blind: EngineHarness = {
  ...memoryHarness(
    () =>
      new MemoryEngine({
        atomicity: "process",
        compareAndSwap: false,
        maxValueBytes: 8 * 1024 * 1024,
        atomicLimit: Object.freeze({ records: 0, bytes: 0 }),
        bulkLimit: Object.freeze({ records: 1_000, bytes: 8 * 1024 * 1024 }),
      }),
  ),
  bare: false,
};

engineSuite("blind writes", { ...blind, through: { "the process level": [processLevel()] } });
modelSuite("blind writes", {
  ...blind,
  through: {
    "the process level": [processLevel()],
    "the process level and overflow": [processLevel(), overflow({ inlineBytes: 3 })],
  },
});
chaosSuite("blind writes", { ...blind, through: { "the process level": [processLevel()] } });
