import { engineSuite, modelSuite } from "@stowage/testkit";
import { objectHarness, onWorkerd } from "./harness.ts";

const url = onWorkerd();

engineSuite("durable object", objectHarness(url));
modelSuite("durable object", objectHarness(url));
