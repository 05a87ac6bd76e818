import { count, type EngineValue, type Find, find, get, type ReadOp, type Table } from "@stowage/core/engine";
import { beforeAll, describe, expect, test } from "vitest";

/** An engine on a SQLite, wherever it is, that tells the plan of a read. */
export interface Explaining {
  converge(tables: readonly Table[]): Promise<unknown>;
  explain(op: ReadOp): Promise<readonly string[]>;
}

const samples: Record<string, EngineValue> = { text: "x", json: "1", bigint: 1n, boolean: true };
const sampleOf = (table: Table, column: string): EngineValue => samples[table.columns[column]?.type ?? ""] ?? 1;

const byIndex = /^(SCAN|SEARCH) \S+ USING (COVERING )?INDEX/;
const wholeTable = /^SCAN \S+$/;

/** Whether the table itself lies in the order of the path, as it does in that of a key of one whole number. */
function isOrdered({ key, columns, paths }: Table, name: string): boolean {
  const { eq, sort } = paths[name] as Table["paths"][string];
  const [only] = key as [string];
  return key.length === 1 && columns[only]?.type === "integer" && eq.length === 0 && sort[0] === only;
}

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

/** Every walk along every path of the tables is answered by its index, in its order: nothing is scanned and nothing sorted. */
export function sqlitePlanSuite(
  name: string,
  { tables, open }: { readonly tables: readonly Table[]; readonly open: () => Promise<Explaining> | Explaining },
): void {
  describe(`${name}: plans`, () => {
    let engine: Explaining;
    beforeAll(async () => {
      engine = await open();
      await engine.converge(tables);
    });

    describe.each(tables.map((table) => [table.name, table] as const))("%s", (_, table) => {
      for (const [path, { eq }] of Object.entries(table.paths)) {
        test(`FD-113 FD-118: the index of ${path} answers every walk, in its order`, async () => {
          for (const [how, walk] of Object.entries(walks(table, path))) {
            const plan = (await engine.explain(walk)).join("\n");
            expect(plan, how).not.toContain("TEMP B-TREE");
            // A path without equality columns and bounds is the whole index.
            const whole = eq.length === 0 && walk.range === undefined;
            if (whole) expect(plan, how).toMatch(isOrdered(table, path) ? wholeTable : byIndex);
            else expect(plan, how).not.toMatch(/\bSCAN\b/);
          }
          const values = Object.fromEntries(eq.map((column) => [column, sampleOf(table, column)]));
          const counted = (await engine.explain(count(table, { path, eq: values }))).join("\n");
          expect(counted).toMatch(isOrdered(table, path) ? wholeTable : /USING COVERING INDEX/);
        });
      }

      test("records are looked up by key", async () => {
        const key = table.key.map((column) => sampleOf(table, column));
        const other = key.map((part) => (part === "x" ? "y" : part));
        const many = Array.from({ length: 150 }, (_, index) => key.map((part) => (part === "x" ? `x${index}` : part)));
        for (const keys of [[key], [key, other], many]) {
          const plan = (await engine.explain(get(table, keys))).join("\n").replace("SCAN j VIRTUAL TABLE", "");
          expect(plan).toContain("SEARCH");
          expect(plan).not.toMatch(/\bSCAN\b/);
        }
      });
    });
  });
}
