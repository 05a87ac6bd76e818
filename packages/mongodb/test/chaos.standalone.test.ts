import { chaosSuite } from "@stowage/testkit";
import { mongoHarness } from "./harness.ts";
import { onMongo } from "./server.ts";

onMongo("standalone", (server) => chaosSuite("mongodb", mongoHarness(server, "journal", { recycle: true })));
