import { expect, test } from "vitest";
import type { LightSpan } from "../../api/traces.ts";
import { densityOf } from "./density.ts";
import { drawnOf, lanesOf } from "./lanes.ts";
import { treeOf } from "./span-tree.ts";
import { momentsOf, readWindow, wholeTime, windowText } from "./time-window.ts";

const span = (spanId: string, parentSpanId: string | null, from: number, to: number, status = "success"): LightSpan =>
  ({
    spanId,
    parentSpanId,
    name: spanId,
    spanType: "generic",
    startedAt: new Date(from).toISOString(),
    endedAt: new Date(to).toISOString(),
    status,
  }) as LightSpan;
const tree = treeOf([
  span("root", null, 0, 100),
  span("a", "root", 0, 50),
  span("b", "root", 20, 60, "error"),
  span("c", "root", 60, 100),
  span("a1", "a", 10, 20),
]);

test("spans stand below who called them and overlap nobody", () => {
  expect(lanesOf(tree).map((lane) => lane.map(({ span }) => span.spanId))).toEqual([["root"], ["a", "c"], ["a1", "b"]]);
});

test("what cannot be told apart is drawn once, the selected always", () => {
  const many = treeOf(Array.from({ length: 1000 }, (_, n) => span(`s${n}`, null, n, n + 1)));
  const [lane = []] = lanesOf(many);
  expect(lane).toHaveLength(1000);
  expect(drawnOf(lane, many, 100).length).toBeLessThanOrEqual(100);
  expect(drawnOf(lane, many, 100, "s555").some(({ span }) => span.spanId === "s555")).toBe(true);
  expect(drawnOf(lane, { start: 10, end: 20 }, 1000)).toHaveLength(12);
});

test("the minimap counts spans at work in each part", () => {
  const { counts, failed } = densityOf(tree, 10);
  expect(counts).toEqual([2, 3, 4, 3, 3, 3, 3, 2, 2, 2]);
  expect(failed.indexOf(true)).toBe(6);
});

test("a window of time is read from an address, and the whole where it is none", () => {
  expect(readWindow("20-45.5")).toEqual([20, 45.5]);
  for (const text of [undefined, "", "x", "50-20", "10-10.1", "-5-50", "0-101"])
    expect(readWindow(text)).toBe(wholeTime);
  expect(windowText([0, 100])).toBeUndefined();
  expect(windowText([12.5, 100])).toBe("12.5-100");
  expect(momentsOf({ start: 1000, end: 2000 }, [25, 50])).toEqual({ start: 1250, end: 1500 });
});
