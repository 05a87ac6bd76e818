import { expect, test } from "vitest";
import type { LightSpan } from "../../api/traces.ts";
import { criticalPathOf } from "./critical-path.ts";
import { treeOf } from "./span-tree.ts";

const span = (spanId: string, parentSpanId: string | null, from: number, to: number): LightSpan =>
  ({
    spanId,
    parentSpanId,
    name: spanId,
    spanType: "generic",
    startedAt: new Date(from).toISOString(),
    endedAt: new Date(to).toISOString(),
    status: "success",
  }) as LightSpan;
const pathOf = (...spans: LightSpan[]) => Object.fromEntries(criticalPathOf(treeOf(spans)));

test("goes back along the children that ended last", () => {
  expect(
    pathOf(
      span("root", null, 0, 100),
      span("first", "root", 0, 30),
      span("beside", "root", 5, 20),
      span("second", "root", 40, 90),
      span("inner", "second", 50, 80),
      span("shadow", "root", 45, 85),
    ),
  ).toEqual({ root: 20, first: 30, second: 20, inner: 30 });
});

test("a child that outlives its parent counts to the parent's end; no trace has no path", () => {
  expect(pathOf(span("root", null, 0, 100), span("late", "root", 60, 300))).toEqual({ late: 40, root: 60 });
  expect(pathOf()).toEqual({});
});

test("is as long as the trace, however deep", () => {
  const deep = Array.from({ length: 20_000 }, (_, n) => span(`s${n}`, n ? `s${n - 1}` : null, n, 40_000 - n));
  const path = criticalPathOf(treeOf(deep));
  expect(path.size).toBe(20_000);
  expect([...path.values()].reduce((sum, own) => sum + own, 0)).toBe(40_000);
});
