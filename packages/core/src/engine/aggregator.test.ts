import { describe, expect, test } from "vitest";
import { Aggregator, interpolate } from "./aggregator.ts";
import { float, integer, json, text, timestamp } from "./column.ts";
import type { Aggregate, AggregateFunction, GroupBy } from "./operations.ts";
import { defineTable } from "./table.ts";

const table = defineTable(
  "t",
  { id: text(), at: timestamp(), n: integer().nullable(), cost: float().nullable(), data: json().nullable() },
  { key: ["id"], paths: { all: { sort: ["at"] } } },
);
const op = (measures: Record<string, AggregateFunction>, groupBy?: GroupBy[]): Aggregate =>
  ({ op: "aggregate", table, path: "all", measures, ...(groupBy && { groupBy }) }) as unknown as Aggregate;
const run = (aggregate: Aggregate, rows: object[]) => {
  const aggregator = new Aggregator(aggregate);
  for (const [index, row] of rows.entries())
    aggregator.add({ id: `r${index}`, at: 0, n: null, cost: null, data: null, ...row });
  return aggregator.result().groups;
};

describe("aggregator", () => {
  test("leaves nulls out of every function but count", () => {
    const measures = {
      rows: { fn: "count" },
      sum: { fn: "sum", column: "n" },
      avg: { fn: "avg", column: "n" },
    } as const;
    expect(run(op(measures), [{ n: 1 }, { n: null }, { n: 3 }])).toEqual([
      { group: [], values: { rows: 3, sum: 4, avg: 2 } },
    ]);
    expect(run(op(measures), [{ n: null }])).toEqual([{ group: [], values: { rows: 1, sum: null, avg: null } }]);
  });

  test("has one group without grouping, also over nothing, and none with it", () => {
    expect(run(op({ rows: { fn: "count" } }), [])).toEqual([{ group: [], values: { rows: 0 } }]);
    expect(run(op({ rows: { fn: "count" } }, [{ column: "n" }]), [])).toEqual([]);
  });

  test("hardly depends on the order in which doubles come", () => {
    const costs = [1e16, 1, -1e16, 1, 0.1, 0.2];
    const sumOf = (rows: number[]) =>
      run(
        op({ sum: { fn: "sum", column: "cost" } }),
        rows.map((cost) => ({ cost })),
      )[0]?.values.sum;
    expect(sumOf(costs)).toBeCloseTo(2.3, 12);
    expect(sumOf([...costs].reverse())).toBeCloseTo(2.3, 12);
  });

  test("takes the last value by a column, then by the key", () => {
    const last = op({ last: { fn: "last", column: "n", by: "at" } });
    expect(
      run(last, [
        { at: 5, n: 1 },
        { at: 9, n: null },
        { at: 5, n: 2 },
        { at: 1, n: 3 },
      ])[0]?.values.last,
    ).toBe(2);
  });

  test("groups instants in buckets from the epoch, before it too", () => {
    const groups = run(
      op({ rows: { fn: "count" } }, [{ column: "at", bucket: 1_000 }]),
      [-1, 0, 999, 1_000].map((at) => ({ at })),
    );
    expect(groups.map(({ group, values }) => [...group, values.rows])).toEqual([
      [-1_000, 1],
      [0, 2],
      [1_000, 1],
    ]);
  });

  test("groups by the text of a member, and by null where there is none", () => {
    const data = ['{"m":"x"}', '{"m":1}', "{}", "[]", null, '{"m":"x"}', '{"m":""}'];
    const groups = run(
      op({ rows: { fn: "count" } }, [{ column: "data", member: "m" }]),
      data.map((text) => ({ data: text })),
    );
    expect(groups.map(({ group, values }) => [...group, values.rows])).toEqual([
      [null, 4],
      ["", 1],
      ["x", 2],
    ]);
  });

  test("names the columns it needs", () => {
    const aggregate = op({ a: { fn: "last", column: "n", by: "at" }, b: { fn: "count" } }, [
      { column: "data", member: "m" },
    ]);
    expect(Aggregator.columns(aggregate).sort()).toEqual(["at", "data", "id", "n"]);
  });

  test("refuses more rows than its budget instead of taking all memory", () => {
    const aggregator = new Aggregator(op({ rows: { fn: "count" } }), 2);
    aggregator.add({});
    aggregator.add({});
    expect(() => aggregator.add({})).toThrow(
      expect.objectContaining({ code: "resource_limit", details: { table: "t", rows: 2 } }),
    );
  });
});

describe("interpolate", () => {
  test("is linear between the two places", () => {
    expect([0, 0.25, 0.5, 0.9, 1].map((p) => interpolate([40, 10, 30, 20], p))).toEqual([10, 17.5, 25, 37, 40]);
    expect(interpolate([5], 0.99)).toBe(5);
    expect(interpolate([], 0.5)).toBeNull();
  });
});
