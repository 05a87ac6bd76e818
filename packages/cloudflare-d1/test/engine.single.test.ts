import { journal, retry } from "@stowage/core/layers";
import { chaosSuite, engineSuite, modelSuite } from "@stowage/testkit";
import { journalLimit } from "../src/capabilities.ts";
import { onD1, singleHarness } from "./harness.ts";

const database = onD1();

// As the store stacks them around a client that has no batches. A second engine beside is left out: two that change one record
// a hundred times at once, at ten requests a change, wear out each other's tries, which the README says.
const { reopen: _, ...alone } = singleHarness(database);
const stacked = { ...alone, bare: false, through: { journal: [retry(), journal({ atomicLimit: journalLimit })] } };

engineSuite("d1 single statements", stacked);
modelSuite("d1 single statements", stacked, { runs: 10 });
chaosSuite("d1 single statements", stacked);
