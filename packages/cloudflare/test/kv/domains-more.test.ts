import { domainSuite, storageHarness } from "@stowage/testkit";
import { bindingHarness, layers, onWorkerd } from "./harness.ts";

const domains = ["agents", "datasets", "experiments"] as const;
domainSuite("workers kv", { ...storageHarness(bindingHarness(onWorkerd()), layers), domains });
