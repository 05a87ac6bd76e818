import { engineSuite, modelSuite } from "@stowage/testkit";
import { sharedMemoryHarness } from "./harnesses.ts";

engineSuite("libsql shared memory", sharedMemoryHarness());
modelSuite("libsql shared memory", sharedMemoryHarness());
