import { expect, test } from "vitest";
import type { LightSpan } from "../../../api/traces.ts";
import { treeOf } from "../span-tree.ts";
import { align, differenceOf } from "./align.ts";

let clock = 0;
const span = (spanId: string, name: string, parentSpanId: string | null = null): LightSpan =>
  ({
    traceId: "t",
    spanId,
    parentSpanId,
    name,
    spanType: "generic",
    isEvent: false,
    startedAt: new Date(clock++).toISOString(),
    endedAt: new Date(clock + 1000).toISOString(),
    status: "success",
  }) as LightSpan;

const told = (a: LightSpan[], b: LightSpan[]) =>
  align(treeOf(a), treeOf(b)).map(
    (pair) => `${pair.depth}:${pair.a?.span.spanId ?? "-"}/${pair.b?.span.spanId ?? "-"}`,
  );

test("spans of one place stand side by side, others where they belong", () => {
  const a = [span("a", "run"), span("a1", "ask", "a"), span("a2", "tool", "a"), span("a3", "ask", "a")];
  const b = [
    span("b", "run"),
    span("b0", "recall", "b"),
    span("b1", "ask", "b"),
    span("b2", "ask", "b"),
    span("b3", "inner", "b2"),
  ];
  expect(told(a, b)).toEqual(["0:a/b", "1:-/b0", "1:a1/b1", "1:a2/-", "1:a3/b2", "2:-/b3"]);
  expect(differenceOf(align(treeOf(a), treeOf(b)))).toEqual({ both: 3, onlyA: 1, onlyB: 2 });
});

test("traces that have nothing in common, or no spans", () => {
  expect(told([span("a", "one")], [span("b", "two")])).toEqual(["0:-/b", "0:a/-"]);
  expect(told([], [])).toEqual([]);
});
