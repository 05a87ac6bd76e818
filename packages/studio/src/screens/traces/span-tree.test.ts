import { describe, expect, test } from "vitest";
import type { LightSpan } from "../../api/traces.ts";
import { firstToShow, rowsOf, treeOf } from "./span-tree.ts";

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
const span = (spanId: string, parentSpanId: string | null, from: number, to: number | null, more = {}): LightSpan =>
  ({
    spanId,
    parentSpanId,
    name: `name of ${spanId}`,
    spanType: "generic",
    startedAt: at(from),
    endedAt: to === null ? null : at(to),
    status: "success",
    entityName: null,
    ...more,
  }) as LightSpan;
const ids = (rows: { span: LightSpan }[]) => rows.map(({ span }) => span.spanId);

const spans = [
  span("root", null, 0, 100),
  span("b", "root", 50, 90),
  span("a", "root", 10, 40, { spanType: "tool_call" }),
  span("a1", "a", 20, 30, { status: "error" }),
];

describe("a tree of spans", () => {
  test("has children in the order of their start, with depth and self time", () => {
    const tree = treeOf(spans);
    expect(ids(rowsOf(tree, new Set()))).toEqual(["root", "a", "a1", "b"]);
    expect(tree.byId.get("a1")?.depth).toBe(2);
    expect(tree.byId.get("root")?.self).toBe(100 - 30 - 40);
    expect(tree.end - tree.start).toBe(100);
  });

  test("children that overlap are subtracted once, and what reaches over the parent not at all", () => {
    const tree = treeOf([span("p", null, 0, 100), span("x", "p", 10, 60), span("y", "p", 40, 200)]);
    expect(tree.byId.get("p")?.self).toBe(10);
  });

  test("a span that runs reaches to the last moment known", () => {
    const tree = treeOf([span("p", null, 0, null), span("x", "p", 10, 60)]);
    expect((tree.byId.get("p")?.end ?? 0) - tree.start).toBe(60);
  });

  test("orphans and circles stand at the top, each span once", () => {
    const tree = treeOf([
      span("o", "gone", 5, 6),
      span("c1", "c2", 1, 2),
      span("c2", "c1", 1, 3),
      span("me", "me", 9, 9),
    ]);
    expect(ids(rowsOf(tree, new Set())).sort()).toEqual(["c1", "c2", "me", "o"]);
  });

  test("folding hides what is below; a filter keeps what is above a match", () => {
    const tree = treeOf(spans);
    expect(ids(rowsOf(tree, new Set(["a"])))).toEqual(["root", "a", "b"]);
    expect(ids(rowsOf(tree, new Set(), { text: "NAME OF A1" }))).toEqual(["root", "a", "a1"]);
    expect(ids(rowsOf(tree, new Set(), { type: "tool_call" }))).toEqual(["root", "a"]);
    expect(rowsOf(tree, new Set(), { text: "nothing" })).toEqual([]);
  });

  test("the first failure is shown first, not the spans that failed with it", () => {
    const failing = spans.map((entry) => ({ ...entry, status: "error" as const }));
    expect(firstToShow(treeOf(failing))).toBe("a1");
    expect(firstToShow(treeOf([spans[0] as LightSpan]))).toBe("root");
    expect(firstToShow(treeOf([]))).toBeUndefined();
  });

  test("20,000 spans, also one below the other, take no time worth seeing", () => {
    const chain = Array.from({ length: 20_000 }, (_, n) => span(`s${n}`, n === 0 ? null : `s${n - 1}`, n, 30_000));
    const started = performance.now();
    expect(rowsOf(treeOf(chain), new Set(), { text: "name of s19999" })).toHaveLength(20_000);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
