import type { Engine, RemoveRange } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { fd } from "../field-defect.ts";
import { contentOf, ids, seed } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings, orderedRow, thing, valueRow } from "./rows.ts";
import { ordered, things, values } from "./tables.ts";

/** Bounded removal of a piece of a walk. */
export function removeRangeSection(lab: Lab): void {
  describe("removeRange", () => {
    test("removes the smallest rows first, never more than asked", async () => {
      const scope = lab.scope();
      await seed(
        lab.engine,
        things,
        manyThings(scope, 10, (index) => ({ at: 10 - index })),
      );
      const op: RemoveRange = { table: things, path: "byTime", eq: { scope }, limit: 3 };
      const { removed, done } = await lab.engine.removeRange(op);
      expect(removed).toBeLessThanOrEqual(3);
      expect(done).toBe(false);
      const left = ids(await contentOf(lab.engine, scope));
      expect(left).toEqual(
        ["000", "001", "002", "003", "004", "005", "006", "007", "008", "009"].slice(0, 10 - removed),
      );
      expect(await drain(lab.engine, op)).toBe(10 - removed);
      expect(await contentOf(lab.engine, scope)).toEqual([]);
    });

    fd("FD-014", "keeps to bounds, equality values and filter", async () => {
      const scope = lab.scope();
      const other = lab.scope();
      const make = (name: string) =>
        manyThings(name, 40, (index) => ({ at: index, kind: index % 2 ? "a" : "b", seq: index % 5 }));
      await seed(lab.engine, things, [...make(scope), ...make(other)]);
      const removed = await drain(lab.engine, {
        table: things,
        path: "byKind",
        eq: { scope, kind: ["a"] },
        range: { lower: { at: [5], inclusive: false }, upper: { at: [31], inclusive: false } },
        filter: { op: "ne", column: "seq", value: 3 },
        limit: 4,
      });
      const goes = (row: { at: number; kind: string; seq: number }) =>
        row.kind === "a" && row.at > 5 && row.at < 31 && row.seq !== 3;
      expect(removed).toBe(make(scope).filter(goes).length);
      expect(ids(await contentOf(lab.engine, scope))).toEqual(ids(make(scope).filter((row) => !goes(row))));
      expect(await contentOf(lab.engine, other)).toHaveLength(40);
    });

    test("takes an exclusive and an inclusive end as such", async () => {
      const scope = lab.scope();
      await seed(
        lab.engine,
        things,
        manyThings(scope, 6, (index) => ({ at: Math.floor(index / 2) })),
      );
      const upTo = (inclusive: boolean) =>
        drain(lab.engine, {
          table: things,
          path: "byTime",
          eq: { scope },
          range: { upper: { at: [1], inclusive } },
          limit: 100,
        });
      expect(await upTo(false)).toBe(2);
      expect(await upTo(true)).toBe(2);
      expect(ids(await contentOf(lab.engine, scope))).toEqual(["004", "005"]);
    });

    test("of nothing is done at once", async () => {
      const scope = lab.scope();
      const op: RemoveRange = { table: things, path: "all", eq: { scope }, limit: 10 };
      expect(await lab.engine.removeRange(op)).toEqual({ removed: 0, done: true });
    });

    test("removes rows from every path and from gets", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 4));
      await drain(lab.engine, { table: things, path: "byTime", eq: { scope }, limit: 100 });
      const [got, byKind, counted] = await lab.engine.read([
        { op: "get", table: things, keys: [[scope, "000"]] },
        { op: "find", table: things, path: "byKind", eq: { scope, kind: "a" } },
        { op: "count", table: things, path: "all", eq: { scope } },
      ]);
      expect(got.rows).toEqual([undefined]);
      expect(byKind.rows).toEqual([]);
      expect(counted.count).toBe(0);
    });

    test("works along a path that is built on demand", async () => {
      const scope = lab.scope();
      await seed(
        lab.engine,
        ordered,
        Array.from({ length: 6 }, (_, at) => orderedRow(scope, `r${at}`, { at })),
      );
      const range = { upper: { at: [3], inclusive: false } };
      expect(await drain(lab.engine, { table: ordered, path: "later", eq: { scope }, range, limit: 2 })).toBe(3);
      const [page] = await lab.engine.read([{ op: "find", table: ordered, path: "later", eq: { scope } }]);
      expect(ids(page.rows)).toEqual(["r3", "r4", "r5"]);
    });

    test("without a path clears a whole table, and no other", async () => {
      const engine = await lab.open();
      await engine.converge([things, values]);
      await seed(engine, things, [...manyThings("one", 30), thing("two", "a")]);
      await seed(engine, values, [valueRow("one", "a")]);
      expect(await drain(engine, { table: things, limit: 7 })).toBe(31);
      expect(await contentOf(engine, "one")).toEqual([]);
      expect(await contentOf(engine, "two")).toEqual([]);
      const [kept] = await engine.read([{ op: "count", table: values, path: "all", eq: { scope: "one" } }]);
      expect(kept.count).toBe(1);
    });

    test("without a path keeps what the filter does not let through", async () => {
      const engine = await lab.open();
      await engine.converge([things]);
      await seed(
        engine,
        things,
        manyThings("s", 20, (index) => ({ seq: index % 2 })),
      );
      expect(await drain(engine, { table: things, filter: { op: "eq", column: "seq", value: 0 }, limit: 3 })).toBe(10);
      expect((await contentOf(engine, "s")).every((row) => row.seq === 1)).toBe(true);
    });
  });
}

/** Repeats until the engine says that nothing is left, and tells how many rows went. */
async function drain(engine: Engine, op: RemoveRange): Promise<number> {
  let total = 0;
  for (let calls = 0; calls < 1_000; calls++) {
    const { removed, done } = await engine.removeRange(op);
    expect(removed).toBeLessThanOrEqual(op.limit);
    total += removed;
    if (done) return total;
    expect(removed).toBeGreaterThan(0);
  }
  throw new Error("removeRange never said that it is done");
}
