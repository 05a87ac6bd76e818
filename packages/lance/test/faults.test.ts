import { chaosSuite } from "@stowage/testkit";
import { lanceHarness } from "./harness.ts";

chaosSuite("lance", lanceHarness());
