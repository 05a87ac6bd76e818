import { chaosSuite } from "@stowage/testkit";
import { mongoHarness } from "./harness.ts";
import { onGivenMongo, onMongo } from "./server.ts";

onMongo("replica-set", (server) => chaosSuite("mongodb", mongoHarness(server, "native", { recycle: true })));

onGivenMongo((server) => chaosSuite("mongodb", mongoHarness(server, "native", { recycle: true })));
