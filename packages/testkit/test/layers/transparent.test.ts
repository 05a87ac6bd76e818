import { groupCommit, journal, overflow, retry, telemetry } from "@stowage/core/layers";
import { chaosSuite, engineSuite, memoryHarness, modelSuite } from "../../src/index.ts";

/** Layers that must not show, alone and together. */
const harness = {
  ...memoryHarness(),
  bare: false,
  through: {
    retry: [retry({ base: 0 })],
    telemetry: [telemetry()],
    "group commit": [groupCommit()],
    "the whole stack": [retry({ base: 0 }), journal(), groupCommit(), overflow({ inlineBytes: 100 }), telemetry()],
  },
};

engineSuite("in-memory", harness);
modelSuite("in-memory", harness);
chaosSuite("in-memory", harness);
