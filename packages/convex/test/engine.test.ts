import { describeEngine } from "@stowage/testkit";
import { convexHarness } from "./harness.ts";

describeEngine("convex", convexHarness, { suites: ["engine", "model", "chaos"] });
