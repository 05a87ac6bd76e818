import { chaosSuite } from "@stowage/testkit";
import { objectHarness, onWorkerd } from "./harness.ts";

chaosSuite("durable object", objectHarness(onWorkerd()));
