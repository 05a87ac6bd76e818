import { get } from "@stowage/core/engine";
import * as adapter from "@stowage/pg";
import { filledValue, fillTables, tablesOf, walksAlong } from "@stowage/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const tables = tablesOf(adapter);

onPostgres("18", (server) => {
  const schemaName = freshSchema();
  let pool: pg.Pool;
  let engine: adapter.PostgresEngine;

  beforeAll(async () => {
    // A table of a test is so small that reading all of it and sorting are cheap. Both are priced out, so they show where
    // nothing else is possible.
    const off = ["seqscan", "bitmapscan", "sort", "incremental_sort", "hashjoin", "mergejoin"];
    const options = off.map((what) => `-c enable_${what}=off`).join(" ");
    pool = new pg.Pool({ connectionString: server().connectionString, options });
    engine = adapter.postgresEngine({ pool, schemaName });
    await fillTables(engine, tables);
    await pool.query("ANALYZE");
  }, 120_000);
  afterAll(() => pool.end());

  describe.each(tables.map((table) => [table.name, table] as const))("%s", (_, table) => {
    for (const [name, { eq, order }] of Object.entries(table.paths)) {
      // Where the order goes on with what a list is about, as with the spans of several traces, lists are sorted together.
      const isSortedTogether = order.some((column) => eq.includes(column));
      test(`the index of ${name} answers every walk, in its order`, async () => {
        for (const [how, walk] of Object.entries(walksAlong(table, name, filledValue))) {
          if (isSortedTogether && how.startsWith("over lists")) continue;
          const plan = (await engine.explain(walk)).join("\n");
          expect(plan, how).not.toContain("Seq Scan");
          expect(plan, how).not.toMatch(/(^|-> +)(Incremental )?Sort$/m);
          expect(plan, how).toContain("Index");
        }
      });
    }

    test("records are looked up by key", async () => {
      const keyOf = (n: number) => table.key.map((column) => filledValue(table, column, n));
      for (const keys of [[keyOf(7)], [keyOf(7), keyOf(8)]]) {
        const plan = (await engine.explain(get(table, keys))).join("\n");
        expect(plan).toMatch(/Index( Only)? Scan/);
        expect(plan).not.toContain("Seq Scan");
      }
    });
  });
});
