import { domainSuite, storageHarness } from "@stowage/testkit";
import { serverHarness } from "./harnesses.ts";

domainSuite("libsql server", storageHarness(serverHarness()));
