import { chaosSuite } from "@stowage/testkit";
import { mongoHarness } from "./harness.ts";
import { onMongo } from "./server.ts";

onMongo("replica-set", (server) => chaosSuite("mongodb", mongoHarness(server, "native", { recycle: true })));
