import { ClickhouseStore } from "@stowage/clickhouse";
import { budgetSuite } from "@stowage/testkit";
import { countedRoundTrips, countRoundTrips } from "@stowage/testkit/engines";
import { beforeAll } from "vitest";
import { onClickhouse } from "./server.ts";

onClickhouse((server) => {
  beforeAll(countRoundTrips);

  budgetSuite("clickhouse", {
    open: () => new ClickhouseStore({ id: "budget", url: server().url, username: "default", password: "" }),
    requests: countedRoundTrips,
    // A batch is looked at before it is written, and an insert of ClickHouse goes into one table.
    budget: {
      "save 10 messages": 3,
      "last 40 messages": 1,
      "last 40 messages, no total": 1,
      "window around a message": 2,
      "persist a run": 2,
      "record a step result": 2,
      "list 50 runs": 1,
      "get a trace": 1,
      "insert 200 spans": 3,
    },
  });
});
