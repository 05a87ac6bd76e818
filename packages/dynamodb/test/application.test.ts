import { DynamoDBStore } from "@stowage/dynamodb";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { expect, test } from "vitest";
import { freshTable } from "./harness.ts";
import { onDynamo } from "./server.ts";

onDynamo("DynamoDB for an application", (server) => {
  test("works on all seven domains", async () => {
    const storage = new DynamoDBStore({ id: "day", ...freshTable(server().endpoint) });
    expect(await applicationDay(storage)).toEqual(expectedDay);
    await storage.close();
  });
});
