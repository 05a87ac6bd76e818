import { domainSuite } from "@stowage/testkit";
import { domainHarness } from "./harness.ts";

domainSuite("lance", { ...domainHarness(), domains: ["datasets", "experiments"] });
