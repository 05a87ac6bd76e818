import { describeEngine } from "@stowage/testkit";
import { dynamoHarness } from "./harness.ts";
import { onDynamo } from "./server.ts";

onDynamo("DynamoDB", (server) => {
  describeEngine(
    "dynamodb",
    dynamoHarness(() => server().endpoint),
    { suites: ["engine", "model", "chaos"] },
  );
});
