import { domainSuite, storageHarness } from "@stowage/testkit";
import { bindingHarness, layers, onWorkerd } from "./harness.ts";

domainSuite("workers kv", { ...storageHarness(bindingHarness(onWorkerd()), layers), domains: ["observability"] });
