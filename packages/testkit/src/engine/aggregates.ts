import { type Aggregate, Aggregator, aggregate, compileFilter, type GroupBy, type Row } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { awkwardKeys } from "../awkward.ts";
import { seed } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings, type Thing, valueRow } from "./rows.ts";
import { things, values } from "./tables.ts";

type Measures = Aggregate["measures"];

const everyMeasure: Measures = {
  rows: { fn: "count" },
  notes: { fn: "countDistinct", column: "note" },
  amounts: { fn: "countDistinct", column: "amount" },
  sum: { fn: "sum", column: "amount" },
  min: { fn: "min", column: "amount" },
  max: { fn: "max", column: "amount" },
  avg: { fn: "avg", column: "amount" },
  firstAt: { fn: "min", column: "at" },
  lastAt: { fn: "max", column: "at" },
  minNote: { fn: "min", column: "note" },
  maxNote: { fn: "max", column: "note" },
  lastNote: { fn: "last", column: "note", by: "at" },
  lastAmount: { fn: "last", column: "amount", by: "seq" },
  p0: { fn: "quantile", column: "amount", p: 0 },
  p50: { fn: "quantile", column: "amount", p: 0.5 },
  p95: { fn: "quantile", column: "amount", p: 0.95 },
  p100: { fn: "quantile", column: "amount", p: 1 },
};

const groupings: Readonly<Record<string, readonly GroupBy[]>> = {
  "a text column": [{ column: "kind" }],
  "a nullable column": [{ column: "note" }],
  "an instant in buckets": [{ column: "at", bucket: 1_000 }],
  "a nullable instant in buckets": [{ column: "touchedAt", bucket: 60_000 }],
  "a member of JSON": [{ column: "meta", member: "model" }],
  "a member with an awkward name": [{ column: "meta", member: "__proto__" }],
  "a column, a bucket and a member": [
    { column: "kind" },
    { column: "at", bucket: 2_500 },
    { column: "meta", member: "model" },
  ],
};

const models = [
  { model: "x" },
  { model: "y\0" },
  { model: 1 },
  { model: null },
  {},
  ["model"],
  JSON.parse('{"__proto__":"z"}'),
];

/** Amounts are multiples of 1/8, so that sums are exact in any order. */
const corpus = (scope: string): Thing[] =>
  manyThings(scope, 150, (index) => ({
    kind: awkwardKeys[index % 7] as string,
    at: ((index * 37) % 100) * 100 - 5_000,
    seq: index % 11,
    note: index % 4 === 0 ? null : (awkwardKeys[index % awkwardKeys.length] as string),
    amount: index % 5 === 0 ? null : ((index * 13) % 64) / 8 - 3,
    meta: index % 6 === 0 ? null : JSON.stringify(models[index % models.length]),
    touchedAt: index % 3 === 0 ? null : index * 7_000,
  }));

/** Numbers over a walk. Expected answers come from the shared aggregator, the meaning that native forms must equal. */
export function aggregatesSection(lab: Lab): void {
  const expectEqual = async (op: Aggregate<typeof things>, rows: readonly Thing[]) => {
    const aggregator = new Aggregator(op as unknown as Aggregate);
    for (const row of rows) aggregator.add(row);
    const [result] = await lab.engine.read([op]);
    expect(result).toEqual(aggregator.result());
  };

  describe("aggregates", () => {
    test("every function over a whole walk", async () => {
      const scope = lab.scope();
      const rows = corpus(scope);
      await seed(lab.engine, things, rows);
      await expectEqual(aggregate(things, { path: "all", eq: { scope }, measures: everyMeasure }), rows);
    });

    for (const [name, groupBy] of Object.entries(groupings)) {
      test(`every function by ${name}`, async () => {
        const scope = lab.scope();
        const rows = corpus(scope);
        await seed(lab.engine, things, rows);
        await expectEqual(aggregate(things, { path: "byTime", eq: { scope }, groupBy, measures: everyMeasure }), rows);
      });
    }

    test("over lists, ranges and filters", async () => {
      const scope = lab.scope();
      const rows = corpus(scope);
      await seed(lab.engine, things, rows);
      const kind = [awkwardKeys[0] as string, awkwardKeys[2] as string];
      const filter = { op: "not", arg: { op: "eq", column: "seq", value: 3 } } as const;
      const range = { lower: { at: [-2_000], inclusive: true }, upper: { at: [3_000], inclusive: false } };
      const covered = rows
        .filter((row) => kind.includes(row.kind) && row.at >= -2_000 && row.at < 3_000)
        .filter(compileFilter(things, filter));
      const groupBy = [{ column: "kind" }];
      const op = { path: "byKind" as const, eq: { scope, kind }, range, filter, groupBy, measures: everyMeasure };
      await expectEqual(aggregate(things, op), covered);
    });

    test("of nothing: one group without grouping, none with it", async () => {
      const scope = lab.scope();
      await expectEqual(aggregate(things, { path: "all", eq: { scope }, measures: everyMeasure }), []);
      const grouped = aggregate(things, {
        path: "all",
        eq: { scope },
        groupBy: [{ column: "kind" }],
        measures: everyMeasure,
      });
      expect(await lab.engine.read([grouped])).toEqual([{ groups: [] }]);
    });

    test("of nulls only are null, but for counts", async () => {
      const scope = lab.scope();
      const rows = manyThings(scope, 3);
      await seed(lab.engine, things, rows);
      await expectEqual(aggregate(things, { path: "all", eq: { scope }, measures: everyMeasure }), rows);
    });

    test("group values come in their column's type and order, null first", async () => {
      const scope = lab.scope();
      const rows: Row<typeof values>[] = [3, -1, 10, 2].flatMap((number, index) =>
        [true, false].map((flag) =>
          valueRow(scope, `${number}${flag}`, {
            integer: number,
            boolean: flag,
            bigintOrNull: index === 0 ? null : 10n ** 20n * BigInt(number),
            floatOrNull: index === 1 ? null : number / 4,
            timestamp: number * 1_000,
          }),
        ),
      );
      await seed(lab.engine, values, rows);
      for (const column of ["integer", "boolean", "bigintOrNull", "floatOrNull", "timestamp", "textOrNull"]) {
        const op = aggregate(values, {
          path: "all",
          eq: { scope },
          groupBy: [{ column }],
          measures: { n: { fn: "count" } },
        });
        const aggregator = new Aggregator(op as unknown as Aggregate);
        for (const row of rows) aggregator.add(row);
        expect((await lab.engine.read([op]))[0], column).toEqual(aggregator.result());
      }
    });

    test("measures may have any name", async () => {
      const scope = lab.scope();
      const rows = manyThings(scope, 2, (index) => ({ amount: index }));
      await seed(lab.engine, things, rows);
      const measures: Measures = {
        "total cost": { fn: "sum", column: "amount" },
        "quo\"te'": { fn: "max", column: "amount" },
        select: { fn: "count" },
      };
      await expectEqual(aggregate(things, { path: "all", eq: { scope }, measures }), rows);
    });
  });
}
