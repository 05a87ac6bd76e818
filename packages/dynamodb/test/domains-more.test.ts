import { domainSuite, storageHarness } from "@stowage/testkit";
import { dynamoHarness } from "./harness.ts";
import { onDynamo } from "./server.ts";

onDynamo("DynamoDB", (server) => {
  const harness = storageHarness(dynamoHarness(() => server().endpoint));
  domainSuite("dynamodb", { ...harness, domains: ["observability", "datasets", "experiments"] });
});
