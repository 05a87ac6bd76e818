import { type EngineValue, type Find, find, get, type Row, type Table, upsert } from "@stowage/core/engine";
import * as adapter from "@stowage/mysql";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, onMariadb } from "./server.ts";

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
    ...(eq.length > 0 && {
      "over lists": walk({ eq: lists }),
      "over lists, backwards from a bound": walk({
        eq: lists,
        direction: "desc",
        range: { upper: { at: at(1), inclusive: true } },
      }),
    }),
  };
}

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
    await engine.converge(tables);
    for (const table of tables) {
      const rows = Array.from({ length: rowCount }, (_, n) =>
        Object.fromEntries(table.columnNames.map((column) => [column, valueAt(table, column, n)])),
      );
      for (let from = 0; from < rowCount; from += 500) {
        await engine.write(rows.slice(from, from + 500).map((row) => upsert(table, row as Row<Table>)));
      }
      await pool.query(`ANALYZE TABLE ${database}.${table.name}`);
    }
  }, 120_000);
  afterAll(() => pool.end());

  const planOf = async (op: Find | ReturnType<typeof get>) =>
    stepsOf(JSON.parse((await engine.explain(op)).join("\n")));

  describe.each(tables.map((table) => [table.name, table] as const))("%s", (_, table) => {
    for (const name of Object.keys(table.paths)) {
      test(`the index of ${name} answers every walk, in its order`, async () => {
        for (const [how, walk] of Object.entries(walks(table, name))) {
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
      const keyOf = (n: number) => table.key.map((column) => valueAt(table, column, n));
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
