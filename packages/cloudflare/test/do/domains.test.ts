import { domainSuite, storageHarness } from "@stowage/testkit";
import { objectHarness, onWorkerd } from "./harness.ts";

domainSuite("durable object", storageHarness(objectHarness(onWorkerd())));
