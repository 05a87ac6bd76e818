import { journal, overflow, retry } from "@stowage/core/layers";
import { chaosSuite, engineSuite, modelSuite } from "@stowage/testkit";
import { journalLimit } from "../src/capabilities.ts";
import { onD1, singleHarness } from "./harness.ts";

const database = onD1();

// As the store stacks them around a client that has no batches.
const stacked = {
  ...singleHarness(database),
  bare: false,
  through: {
    journal: [retry(), journal({ atomicLimit: journalLimit })],
    "journal and overflow": [retry(), journal({ atomicLimit: journalLimit }), overflow()],
  },
};
engineSuite("d1 single statements", stacked);
modelSuite("d1 single statements", stacked, { runs: 30 });
chaosSuite("d1 single statements", { ...stacked, through: { journal: stacked.through.journal } });
