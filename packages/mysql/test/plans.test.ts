import { type Find, get } from "@stowage/core/engine";
import * as adapter from "@stowage/mysql";
import { filledValue, fillTables, tablesOf, walksAlong } from "@stowage/testkit";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, onMariadb } from "./server.ts";

const tables = tablesOf(adapter);

interface Step {
  readonly access_type?: string;
  readonly key?: string;
}

/** The accesses to tables in a plan, and whether the rows of one are sorted. */
function stepsOf(plan: unknown, inUnion = false): { accesses: Step[]; sorts: number } {
  const found = { accesses: [] as Step[], sorts: 0 };
  if (typeof plan !== "object" || plan === null) return found;
  for (const [name, part] of Object.entries(plan)) {
    if (name === "table" && "key" in (part as Step)) found.accesses.push(part as Step);
    else if (name === "table" && (part as Step).access_type === "ALL") found.accesses.push(part as Step);
    // What several lists gave, each cut at the limit, is put in order once more.
    if (/filesort|read_sorted_file/.test(name) && !inUnion) found.sorts++;
    const inner = stepsOf(part, name === "union_result");
    found.accesses.push(...inner.accesses);
    found.sorts += inner.sorts;
  }
  return found;
}

onMariadb((server) => {
  let pool: mysql.Pool;
  let engine: adapter.MySQLEngine;

  beforeAll(async () => {
    pool = mysql.createPool({ uri: server().connectionString, multipleStatements: true });
    const database = await freshDatabase(server());
    engine = adapter.mysqlEngine({ pool, database });
    await fillTables(engine, tables);
    for (const table of tables) await pool.query(`ANALYZE TABLE ${database}.${table.name}`);
  }, 120_000);
  afterAll(() => pool.end());

  const planOf = async (op: Find | ReturnType<typeof get>) =>
    stepsOf(JSON.parse((await engine.explain(op)).join("\n")));

  describe.each(tables.map((table) => [table.name, table] as const))("%s", (_, table) => {
    for (const name of Object.keys(table.paths)) {
      test(`the index of ${name} answers every walk, in its order`, async () => {
        for (const [how, walk] of Object.entries(walksAlong(table, name, filledValue))) {
          const { accesses, sorts } = await planOf(walk);
          expect(accesses.length, how).toBeGreaterThan(0);
          for (const { access_type, key } of accesses) {
            const isWhole = walk.eq && Object.keys(walk.eq).length > 0;
            expect(isWhole ? ["ref", "range", "const", "eq_ref"] : ["index", "range"], how).toContain(access_type);
            expect(key, how).toBeTruthy();
          }
          expect(sorts, how).toBe(0);
        }
      });
    }

    test("records are looked up by key", async () => {
      const keyOf = (n: number) => table.key.map((column) => filledValue(table, column, n));
      for (const keys of [[keyOf(7)], [keyOf(7), keyOf(8)]]) {
        const { accesses } = await planOf(get(table, keys));
        for (const { access_type, key } of accesses) {
          expect(["const", "range", "eq_ref", "ref"]).toContain(access_type);
          expect(key).toBe("PRIMARY");
        }
      }
    });
  });
});
