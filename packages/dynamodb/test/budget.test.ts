import { DynamoDBStore } from "@stowage/dynamodb";
import { budgetSuite } from "@stowage/testkit";
import { beforeAll } from "vitest";
import { freshTable } from "./harness.ts";
import { onDynamo } from "./server.ts";
import { Wire } from "./wire.ts";

onDynamo("DynamoDB", (server) => {
  let wire: Wire;
  let tableName: string;
  beforeAll(() => {
    wire = new Wire(server());
    ({ tableName } = freshTable(server().endpoint));
  });

  budgetSuite("dynamodb", {
    open: () => new DynamoDBStore({ id: "budget", client: wire, tableName, createTable: true }),
    requests: () => wire.sent.length,
    budget: {
      // What it replaces is read first.
      "save 10 messages": 2,
      // The message; a walk to either side; the records of both and whether the thread is under deletion.
      "window around a message": 4,
      // Transactions of at most 100 actions, of which a span takes up to six.
      "insert 200 spans": 15,
    },
  });
});
