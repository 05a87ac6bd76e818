import { domainSuite, storageHarness } from "@stowage/testkit";
import { convexHarness } from "./harness.ts";

domainSuite("convex", storageHarness(convexHarness));
