import { chaosSuite } from "@stowage/testkit";
import { fileHarness } from "./harnesses.ts";

chaosSuite("libsql file", fileHarness());
