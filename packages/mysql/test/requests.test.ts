import { MySQLStore } from "@stowage/mysql";
import { budgetSuite } from "@stowage/testkit";
import { countedRoundTrips, countRoundTrips } from "@stowage/testkit/engines";
import mysql from "mysql2/promise";
import { afterAll, beforeAll } from "vitest";
import { freshDatabase, onMariadb } from "./server.ts";

onMariadb((server) => {
  let pool: mysql.Pool;
  let database: string;
  beforeAll(async () => {
    database = await freshDatabase(server());
    // One connection, whose beginning is not counted.
    pool = mysql.createPool({ uri: server().connectionString, multipleStatements: true, connectionLimit: 1 });
    countRoundTrips();
  });
  afterAll(() => pool?.end());

  budgetSuite("mysql", {
    open: () => new MySQLStore({ id: "budget", pool, database }),
    requests: countedRoundTrips,
  });
});
