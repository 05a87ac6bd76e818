import { type Count, count } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { seed } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings, orderedRow } from "./rows.ts";
import { ordered, things } from "./tables.ts";

/** How many rows a walk covers. */
export function countsSection(lab: Lab): void {
  const counted = async (walk: Omit<Count<typeof things>, "op" | "table">) => {
    const [result] = await lab.engine.read([count(things, walk)]);
    return result.count;
  };

  describe("counts", () => {
    test("are exact, with equality values, lists, ranges and filters", async () => {
      const scope = lab.scope();
      const rows = manyThings(scope, 60, (index) => ({ kind: "abc"[index % 3] as string, at: index, seq: index % 4 }));
      await seed(lab.engine, things, rows);
      const range = { lower: { at: [10], inclusive: false }, upper: { at: [50], inclusive: true } };
      const filter = { op: "eq", column: "seq", value: 1 } as const;
      expect(await counted({ path: "all", eq: { scope } })).toBe(60);
      expect(await counted({ path: "byKind", eq: { scope, kind: "b" } })).toBe(20);
      expect(await counted({ path: "byKind", eq: { scope, kind: ["a", "c", "a", "z"] } })).toBe(40);
      expect(await counted({ path: "byTime", eq: { scope }, range })).toBe(40);
      expect(await counted({ path: "byTime", eq: { scope }, range, filter })).toBe(
        rows.filter((row) => row.at > 10 && row.at <= 50 && row.seq === 1).length,
      );
      expect(await counted({ path: "byKind", eq: { scope, kind: "missing" } })).toBe(0);
    });

    test("with a limit stop there", async () => {
      const scope = lab.scope();
      await seed(
        lab.engine,
        things,
        manyThings(scope, 10, (index) => ({ seq: index % 2 })),
      );
      const filter = { op: "eq", column: "seq", value: 1 } as const;
      for (const limit of [1, 9, 10, 11, 1_000]) {
        expect(await counted({ path: "all", eq: { scope }, limit })).toBe(Math.min(10, limit));
        expect(await counted({ path: "all", eq: { scope }, filter, limit })).toBe(Math.min(5, limit));
      }
    });

    test("of a sparse path leave out what is not in it", async () => {
      const scope = lab.scope();
      const rows = Array.from({ length: 9 }, (_, index) =>
        orderedRow(scope, `r${index}`, { weight: index % 3 === 0 ? null : index }),
      );
      await seed(lab.engine, ordered, rows);
      const [inPath, all] = await lab.engine.read([
        count(ordered, { path: "byWeight", eq: { scope } }),
        count(ordered, { path: "byLabel", eq: { scope } }),
      ]);
      expect([inPath.count, all.count]).toEqual([6, 9]);
    });

    test("are exact beyond any page", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 2_500));
      expect(await counted({ path: "byTime", eq: { scope } })).toBe(2_500);
      const filter = { op: "not", arg: { op: "eq", column: "kind", value: "b" } } as const;
      expect(await counted({ path: "byTime", eq: { scope }, filter })).toBe(2_500);
    });
  });
}
