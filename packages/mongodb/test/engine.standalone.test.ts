import { engineSuite, modelSuite } from "@stowage/testkit";
import { mongoHarness } from "./harness.ts";
import { onMongo } from "./server.ts";

onMongo("standalone", (server) => {
  engineSuite("mongodb", mongoHarness(server, "journal"));
  modelSuite("mongodb", mongoHarness(server, "journal"));
});
