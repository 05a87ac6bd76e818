import { chaosSuite, engineSuite, modelSuite } from "@stowage/testkit";
import { objectHarness, onWorkerd } from "./harness.ts";

const url = onWorkerd();

// With `sql` alone nothing rolls back: batches that fail are put back.
engineSuite("durable object, sql alone", objectHarness(url, { hasStorage: false }));
modelSuite("durable object, sql alone", objectHarness(url, { hasStorage: false }));
chaosSuite("durable object, sql alone", objectHarness(url, { hasStorage: false }));
