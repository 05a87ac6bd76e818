import { describeEngine } from "@stowage/testkit";
import { harness } from "./harness.ts";

describeEngine("ordered map", harness, { suites: ["engine", "model", "chaos"] });
