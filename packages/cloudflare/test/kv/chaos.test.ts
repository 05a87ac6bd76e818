import { chaosSuite } from "@stowage/testkit";
import { bindingHarness, onWorkerd } from "./harness.ts";

chaosSuite("workers kv", bindingHarness(onWorkerd()));
