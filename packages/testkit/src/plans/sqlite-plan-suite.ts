import { count, type EngineValue, get, type ReadOp, type Table } from "@stowage/core/engine";
import { beforeAll, describe, expect, test } from "vitest";
import { type ValueOf, walksAlong } from "./walks.ts";

/** An engine on a SQLite, wherever it is, that tells the plan of a read. */
export interface Explaining {
  converge(tables: readonly Table[]): Promise<unknown>;
  explain(op: ReadOp): Promise<readonly string[]>;
}

const samples: Record<string, EngineValue> = { json: "1", bigint: 1n, boolean: true };
const sampleOf: ValueOf = (table, column, n) => {
  const type = table.columns[column]?.type ?? "";
  return type === "text" ? `x${n}` : (samples[type] ?? n);
};

const byIndex = /^(SCAN|SEARCH) \S+ USING (COVERING )?INDEX/;
const wholeTable = /^SCAN \S+$/;

/** Whether the table itself lies in the order of the path, as it does in that of a key of one whole number. */
function isOrdered({ key, columns, paths }: Table, name: string): boolean {
  const { eq, sort } = paths[name] as Table["paths"][string];
  const [only] = key as [string];
  return key.length === 1 && columns[only]?.type === "integer" && eq.length === 0 && sort[0] === only;
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
          for (const [how, walk] of Object.entries(walksAlong(table, path, sampleOf))) {
            const plan = (await engine.explain(walk)).join("\n");
            expect(plan, how).not.toContain("TEMP B-TREE");
            // A path without equality columns and bounds is the whole index.
            const whole = eq.length === 0 && walk.range === undefined;
            if (whole) expect(plan, how).toMatch(isOrdered(table, path) ? wholeTable : byIndex);
            else expect(plan, how).not.toMatch(/\bSCAN\b/);
          }
          const values = Object.fromEntries(eq.map((column) => [column, sampleOf(table, column, 1)]));
          const counted = (await engine.explain(count(table, { path, eq: values }))).join("\n");
          expect(counted).toMatch(isOrdered(table, path) ? wholeTable : /USING COVERING INDEX/);
        });
      }

      test("records are looked up by key", async () => {
        const keyOf = (n: number) => table.key.map((column) => sampleOf(table, column, n));
        const many = Array.from({ length: 150 }, (_, n) => keyOf(n));
        for (const keys of [[keyOf(1)], [keyOf(1), keyOf(2)], many]) {
          const plan = (await engine.explain(get(table, keys))).join("\n").replace("SCAN j VIRTUAL TABLE", "");
          expect(plan).toContain("SEARCH");
          expect(plan).not.toMatch(/\bSCAN\b/);
        }
      });
    });
  });
}
