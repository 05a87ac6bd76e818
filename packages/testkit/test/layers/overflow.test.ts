import { MemoryEngine } from "@stowage/core/engine";
import { overflow } from "@stowage/core/layers";
import { chaosSuite, type EngineHarness, engineSuite, memoryHarness, modelSuite } from "../../src/index.ts";

const mebibyte = 1024 * 1024;
const limits = { records: 500, bytes: mebibyte };
const narrow: EngineHarness = {
  ...memoryHarness(
    () =>
      new MemoryEngine({
        maxValueBytes: 350_000,
        atomicLimit: Object.freeze(limits),
        bulkLimit: Object.freeze(limits),
      }),
  ),
  bare: false,
};

engineSuite("a narrow engine", { ...narrow, through: { overflow: [overflow()] } });
// Most texts go through chunks; in the model most need several.
engineSuite("a narrow engine", { ...narrow, through: { "overflow of most values": [overflow({ inlineBytes: 24 })] } });
modelSuite("a narrow engine", {
  ...narrow,
  through: { "overflow in small chunks": [overflow({ inlineBytes: 3, chunkBytes: 12 })] },
});
chaosSuite("a narrow engine", { ...narrow, through: { "overflow of everything": [overflow({ inlineBytes: 3 })] } });
