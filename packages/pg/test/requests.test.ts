import { PostgresStore } from "@stowage/pg";
import { budgetSuite } from "@stowage/testkit";
import { countedRoundTrips, countRoundTrips } from "@stowage/testkit/engines";
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

onPostgres("18", (server) => {
  const schemaName = freshSchema();
  let pool: pg.Pool;
  beforeAll(() => {
    // One connection, whose beginning is not counted.
    pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
    countRoundTrips();
  });
  afterAll(() => pool?.end());

  budgetSuite("pg", {
    open: () => new PostgresStore({ id: "budget", pool, schemaName }),
    requests: countedRoundTrips,
  });
});
