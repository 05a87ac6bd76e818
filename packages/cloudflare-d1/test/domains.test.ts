import { domainSuite, storageHarness } from "@stowage/testkit";
import { bindingHarness, onD1 } from "./harness.ts";

domainSuite("d1 binding", storageHarness(bindingHarness(onD1())));
