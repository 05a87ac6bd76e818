import { engineSuite, modelSuite } from "@stowage/testkit";
import { serverHarness } from "./harnesses.ts";

engineSuite("libsql server", serverHarness());
modelSuite("libsql server", serverHarness());
