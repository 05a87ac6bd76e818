import { MemoryEngine } from "@stowage/core/engine";
import { journal, overflow } from "@stowage/core/layers";
import { chaosSuite, type EngineHarness, engineSuite, memoryHarness, modelSuite } from "../../src/index.ts";

// A database that can compare and swap one record, and nothing more.
const single: EngineHarness = {
  ...memoryHarness(
    () =>
      new MemoryEngine({
        maxValueBytes: 8 * 1024 * 1024,
        atomicLimit: Object.freeze({ records: 1, bytes: 8 * 1024 * 1024 }),
      }),
  ),
  bare: false,
};

engineSuite("single records", { ...single, through: { journal: [journal()] } });
modelSuite("single records", {
  ...single,
  through: { journal: [journal()], "journal and overflow": [journal(), overflow({ inlineBytes: 3 })] },
});
chaosSuite("single records", { ...single, through: { journal: [journal()] } });
