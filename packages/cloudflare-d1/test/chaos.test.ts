import { chaosSuite } from "@stowage/testkit";
import { bindingHarness, onD1 } from "./harness.ts";

chaosSuite("d1 binding", bindingHarness(onD1()));
