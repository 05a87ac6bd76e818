import { engineSuite, modelSuite } from "@stowage/testkit";
import { mongoHarness } from "./harness.ts";
import { onGivenMongo, onMongo } from "./server.ts";

onMongo("replica-set", (server) => {
  engineSuite("mongodb", mongoHarness(server, "native"));
  modelSuite("mongodb", mongoHarness(server, "native"));
});

onGivenMongo((server) => {
  engineSuite("mongodb", mongoHarness(server, "native"));
  modelSuite("mongodb", mongoHarness(server, "native"));
});
