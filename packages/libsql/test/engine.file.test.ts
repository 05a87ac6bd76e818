import { engineSuite, modelSuite } from "@stowage/testkit";
import { fileHarness } from "./harnesses.ts";

engineSuite("libsql file", fileHarness());
modelSuite("libsql file", fileHarness());
