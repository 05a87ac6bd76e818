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
    // Batches are looked at before they are written, and one insert goes to one table; reads of one call do so, too.
    budget: {
      "save 10 messages": 4,
      "last 40 messages": 3,
      "window around a message": 5,
      "load a run with its steps": 2,
      "persist a run": 2,
      "record a step result": 2,
      "insert 200 spans": 7,
    },
  });
});
