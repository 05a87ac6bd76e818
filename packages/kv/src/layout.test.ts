import { defineTable, integer, text } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { Layout, togetherOf } from "./layout.ts";
import { growthOf } from "./schema.ts";

const columns = { run: text(), step: text(), n: integer() };
const steps = defineTable("steps", columns, { key: ["run", "step"], paths: { byRun: { eq: ["run"] } } });
const layoutOf = (gathers: boolean, maxPartBytes?: number) =>
  new Layout(steps, growthOf(steps, undefined, () => true, gathers).stamp, maxPartBytes);
const row = (run: string, step: string) => ({ run, step, n: 1, _rev: 1 });

describe("records that lie together", () => {
  test("do so by a path that goes on in key order, and have no entries of it", () => {
    const layout = layoutOf(true);
    expect(layout.indexOf("byRun")?.isOfRecords).toBe(true);
    expect(layout.entries(row("r", "s"))).toEqual([]);
  });

  test("have the beginning of their ids in common, whatever is in it", () => {
    for (const maxPartBytes of [undefined, 100]) {
      const layout = layoutOf(true, maxPartBytes);
      for (const run of ["r", "", "!", 'a!"b', " ~!~", "ä😀", "x".repeat(500)]) {
        const beginning = layout.entry(layout.indexes[0] as never, row(run, "s"))?.group;
        for (const step of ["s", "!", ""]) expect(layout.partition(layout.id([run, step]))).toBe(beginning);
        expect(layout.partition(layout.id([`${run}!`, "s"]))).not.toBe(beginning);
      }
    }
  });

  test("each lie by themselves where the database does not gather them", () => {
    const layout = layoutOf(false);
    expect(layout.indexOf("byRun")?.isOfRecords).toBe(false);
    expect(layout.entries(row("r", "s"))).toHaveLength(1);
    expect(layout.partition(layout.id(["r", "s"]))).toBe(layout.id(["r", "s"]));
  });

  test("stay where they are when a path is declared later", () => {
    const plain = defineTable("steps", columns, { key: ["run", "step"] });
    const { stamp } = growthOf(plain, undefined, () => true, true);
    expect(stamp.together).toBeUndefined();
    expect(growthOf(steps, stamp, () => true, true).stamp.together).toBeUndefined();
  });

  test("need a path that sorts by nothing else and names a part of the key", () => {
    const of = (eq: readonly (keyof typeof columns)[], sort: readonly (keyof typeof columns)[] = []) =>
      togetherOf(defineTable("t", columns, { key: ["run", "step"], paths: { p: { eq, sort } } }));
    expect([of(["run"]), of(["step"]), of([]), of(["run", "step"]), of(["run"], ["n"])]).toEqual([1, 0, 0, 0, 0]);
  });
});
