import { type EngineValue, type Find, find, get, type Row, type Table, upsert } from "@stowage/core/engine";
import * as adapter from "@stowage/pg";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const domainTables = Object.values(adapter).flatMap((exported) =>
  typeof exported === "function" && "tables" in exported ? (exported.tables as readonly Table[]) : [],
);
const tables = [...new Map(domainTables.map((table) => [table.name, table])).values()];

const rowCount = 2000;
/** Column values that recur, so that a walk covers some dozens of rows among thousands. */
const kinds = 25;

/** The value of a column in the row of that number. Columns that must differ from row to row do. */
function valueAt(table: Table, column: string, n: number): EngineValue {
  const { type, isNullable } = table.columns[column] as Table["columns"][string];
  const isKey = table.key.includes(column);
  const lastOf = [table.key, ...table.unique.map(({ columns }) => columns)].map((columns) => columns.at(-1));
  const differs = lastOf.includes(column);
  if (isNullable && !isKey && !differs && n % 10 === 9) return null;
  const value = differs ? n : n % kinds;
  switch (type) {
    case "text":
      return `v${value}`;
    case "json":
      return `{"n":${value}}`;
    case "bigint":
      return BigInt(value);
    case "boolean":
      return n % 2 === 0;
    case "timestamp":
      return 1_700_000_000_000 + n * 1000;
    default:
      return value;
  }
}

/** The ways in which a path can be walked. */
function walks(table: Table, name: string): Record<string, Find> {
  const { eq, order } = table.paths[name] as Table["paths"][string];
  const sample = (column: string) => valueAt(table, column, 7);
  const values = Object.fromEntries(eq.map((column) => [column, sample(column)]));
  const lists = Object.fromEntries(eq.map((column) => [column, [sample(column), valueAt(table, column, 8)]]));
  const at = (length: number) => order.slice(0, length).map(sample);
  const walk = (more: object) => find(table, { path: name, eq: values, limit: 10, ...more });
  return {
    forwards: walk({}),
    backwards: walk({ direction: "desc" }),
    "with an offset": walk({ offset: 5 }),
    "from a bound on": walk({ range: { lower: { at: at(1), inclusive: true } } }),
    "between positions": walk({
      range: { lower: { at: at(1), inclusive: true }, upper: { at: at(order.length), inclusive: true } },
    }),
    // Where the order goes on with what a list is about, as with the spans of several traces, the lists are sorted together.
    ...(eq.length > 0 &&
      !order.some((column) => eq.includes(column)) && {
        "over lists": walk({ eq: lists }),
        "over lists, backwards from a bound": walk({
          eq: lists,
          direction: "desc",
          range: { upper: { at: at(1), inclusive: true } },
        }),
      }),
  };
}

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
    await engine.converge(tables);
    for (const table of tables) {
      const rows = Array.from({ length: rowCount }, (_, n) =>
        Object.fromEntries(table.columnNames.map((column) => [column, valueAt(table, column, n)])),
      );
      for (let from = 0; from < rowCount; from += 500) {
        await engine.write(rows.slice(from, from + 500).map((row) => upsert(table, row as Row<Table>)));
      }
    }
    await pool.query("ANALYZE");
  }, 120_000);
  afterAll(() => pool.end());

  describe.each(tables.map((table) => [table.name, table] as const))("%s", (_, table) => {
    for (const name of Object.keys(table.paths)) {
      test(`the index of ${name} answers every walk, in its order`, async () => {
        for (const [how, walk] of Object.entries(walks(table, name))) {
          const plan = (await engine.explain(walk)).join("\n");
          expect(plan, how).not.toContain("Seq Scan");
          expect(plan, how).not.toMatch(/(^|-> +)(Incremental )?Sort$/m);
          expect(plan, how).toContain("Index");
        }
      });
    }

    test("records are looked up by key", async () => {
      const keyOf = (n: number) => table.key.map((column) => valueAt(table, column, n));
      for (const keys of [[keyOf(7)], [keyOf(7), keyOf(8)]]) {
        const plan = (await engine.explain(get(table, keys))).join("\n");
        expect(plan).toMatch(/Index( Only)? Scan/);
        expect(plan).not.toContain("Seq Scan");
      }
    });
  });
});
