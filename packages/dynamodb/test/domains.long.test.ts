import { domainSuite, storageHarness } from "@stowage/testkit";
import { dynamoHarness } from "./harness.ts";
import { onDynamo } from "./server.ts";

onDynamo("DynamoDB", (server) => {
  domainSuite("dynamodb", storageHarness(dynamoHarness(() => server().endpoint)));
});
