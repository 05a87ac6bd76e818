import { engineSuite, modelSuite } from "@stowage/testkit";
import { clientHarness } from "./harnesses.ts";

engineSuite("libsql injected client", clientHarness());
modelSuite("libsql injected client", clientHarness());
