import { count, type EngineValue, type Find, find, get, type Table } from "@stowage/core/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { libsqlEngine } from "../src/engine.ts";
import * as adapter from "../src/index.ts";
import { notes, steps } from "./tables.ts";

const domainTables = Object.values(adapter).flatMap((exported) =>
  "tables" in exported ? (exported.tables as readonly Table[]) : [],
);
const tables = [...new Map([...domainTables, notes, steps].map((table) => [table.name, table])).values()];
const engine = libsqlEngine({ url: ":memory:" });

beforeAll(async () => {
  await engine.converge(tables);
});
afterAll(() => engine.close());

const samples: Record<string, EngineValue> = { text: "x", json: "1", bigint: 1n, boolean: true };
const sampleOf = (table: Table, column: string): EngineValue => samples[table.columns[column]?.type ?? ""] ?? 1;

/** The ways in which a path can be walked. */
function walks(table: Table, name: string): Record<string, Find> {
  const { eq, order } = table.paths[name] as Table["paths"][string];
  const values = Object.fromEntries(eq.map((column) => [column, sampleOf(table, column)]));
  const lists = Object.fromEntries(eq.map((column) => [column, [sampleOf(table, column), "other" as EngineValue]]));
  const at = (length: number) => order.slice(0, length).map((column) => sampleOf(table, column));
  const walk = (more: object) => find(table, { path: name, eq: values, limit: 10, ...more });
  return {
    forwards: walk({}),
    backwards: walk({ direction: "desc" }),
    "with an offset": walk({ offset: 5 }),
    "from a bound on": walk({ range: { lower: { at: at(1), inclusive: true } } }),
    "between whole positions": walk({
      range: { lower: { at: at(order.length), inclusive: false }, upper: { at: at(order.length), inclusive: true } },
    }),
    ...(eq.length > 0 && {
      "over lists": walk({ eq: lists }),
      "over lists, backwards from a bound": walk({
        eq: lists,
        direction: "desc",
        range: { upper: { at: at(2), inclusive: false } },
      }),
    }),
  };
}

const byIndex = /^(SCAN|SEARCH) \S+ USING (COVERING )?INDEX/;

/** Whether the table lies in the order of the path: that of its one key column, a whole number. */
const isOrdered = (table: Table, { eq, sort }: Table["paths"][string]) =>
  eq.length === 0 &&
  sort[0] === table.key[0] &&
  table.key.length === 1 &&
  table.columns[sort[0] as string]?.type === "integer";

describe.each(tables.map((table) => [table.name, table] as const))("%s", (_, table) => {
  for (const [name, path] of Object.entries(table.paths)) {
    test(`FD-113 FD-118: the index of ${name} answers every walk, in its order`, async () => {
      for (const [how, walk] of Object.entries(walks(table, name))) {
        const plan = (await engine.explain(walk)).join("\n");
        expect(plan, how).not.toContain("TEMP B-TREE");
        // A path without equality columns and bounds is the whole index.
        const whole = path.eq.length === 0 && walk.range === undefined;
        if (whole) expect(plan, how).toMatch(isOrdered(table, path) ? /^SCAN \S+$/ : byIndex);
        else expect(plan, how).not.toMatch(/\bSCAN\b/);
      }
      const eq = Object.fromEntries(path.eq.map((column) => [column, sampleOf(table, column)]));
      const counted = (await engine.explain(count(table as Table, { path: name, eq }))).join("\n");
      expect(counted).toMatch(isOrdered(table, path) ? /^SCAN \S+$/ : /USING COVERING INDEX/);
    });
  }

  test("records are looked up by key", async () => {
    const key = table.key.map((column) => sampleOf(table, column));
    for (const keys of [[key], [key, key.map((part) => (part === "x" ? "y" : part))]]) {
      const plan = (await engine.explain(get(table, keys))).join("\n").replace("SCAN j VIRTUAL TABLE", "");
      expect(plan).toContain("SEARCH");
      expect(plan).not.toMatch(/\bSCAN\b/);
    }
  });
});
