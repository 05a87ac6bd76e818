import { type Find, find, patch, remove, upsert } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { awkwardKeys } from "../awkward.ts";
import { fd } from "../field-defect.ts";
import { ids, pageOf, seed } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings, orderedRow, thing } from "./rows.ts";
import { ordered, things } from "./tables.ts";

/** Going on after a page: by position, not by count, and only in the walk that the cursor came from. */
export function cursorsSection(lab: Lab): void {
  describe("cursors", () => {
    fd("FD-040", "go on after the last row given, whatever was written meanwhile", async () => {
      const scope = lab.scope();
      await seed(
        lab.engine,
        things,
        manyThings(scope, 10, (index) => ({ at: index })),
      );
      const op = find(things, { path: "byTime", eq: { scope }, limit: 4 });
      const first = await pageOf(lab.engine, op);
      await lab.engine.write([
        remove(things, [scope, "000"]),
        remove(things, [scope, "003"]),
        remove(things, [scope, "004"]),
        upsert(things, thing(scope, "before", { at: 2 })),
        upsert(things, thing(scope, "after", { at: 5 })),
        patch(things, [scope, "009"], { set: { at: 6 } }),
      ]);
      const second = await pageOf(lab.engine, { ...op, limit: 100, cursor: first.cursor as string });
      expect(ids(first.rows)).toEqual(["000", "001", "002", "003"]);
      expect(ids(second.rows)).toEqual(["005", "after", "006", "009", "007", "008"]);
    });

    test("survive a change of limit and columns", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 6));
      const op = find(things, { path: "all", eq: { scope }, limit: 2 });
      const { cursor } = await pageOf(lab.engine, op);
      const [page] = await lab.engine.read([
        find(things, { path: "all", eq: { scope }, limit: 3, columns: ["id"], cursor: cursor as string }),
      ]);
      expect(ids(page.rows)).toEqual(["002", "003", "004"]);
    });

    test("carry an offset from where they stand", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 8));
      const op = find(things, { path: "all", eq: { scope }, limit: 2 });
      const { cursor } = await pageOf(lab.engine, op);
      const page = await pageOf(lab.engine, { ...op, cursor: cursor as string, offset: 3 });
      expect(ids(page.rows)).toEqual(["005", "006"]);
    });

    fd("FD-046", "hold any value that a path may order by", async () => {
      const scope = lab.scope();
      const rows = awkwardKeys.map((label, index) =>
        orderedRow(scope, label || "empty", { label, weight: index / 7, size: BigInt(index) ** 20n }),
      );
      await seed(lab.engine, ordered, rows);
      for (const path of ["byLabel", "byWeight", "bySize"] as const) {
        const whole = ids((await pageOf(lab.engine, find(ordered, { path, eq: { scope } }))).rows);
        const seen: unknown[] = [];
        let op: Find<typeof ordered> = find(ordered, { path, eq: { scope }, limit: 9 });
        for (;;) {
          const page = await pageOf(lab.engine, op);
          seen.push(...ids(page.rows));
          if (page.cursor === undefined) break;
          expect(page.cursor).toMatch(/^[A-Za-z0-9_-]+$/);
          op = { ...op, cursor: page.cursor };
        }
        expect(seen).toEqual(whole);
      }
    });

    test("of a walk of another shape are refused", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 6));
      await seed(lab.engine, things, manyThings(`${scope}-other`, 6));
      const op = find(things, { path: "byKind", eq: { scope, kind: "a" }, limit: 2 });
      const { cursor } = await pageOf(lab.engine, op);
      const others: Record<string, Partial<Find<typeof things>>> = {
        direction: { direction: "desc" },
        path: { path: "byTime", eq: { scope } },
        "equality value": { eq: { scope: `${scope}-other`, kind: "a" } },
        "list of equality values": { eq: { scope, kind: ["a", "b"] } },
        range: { range: { lower: { at: [0], inclusive: true } } },
        filter: { filter: { op: "isNull", column: "note" } },
      };
      for (const [what, change] of Object.entries(others)) {
        const read = lab.engine.read([{ ...op, cursor: cursor as string, ...change }]);
        await expect(read, what).rejects.toMatchObject({ code: "invalid_argument", statusWord: "INVALID_CURSOR" });
      }
      const plain = await pageOf(lab.engine, { ...op, cursor: cursor as string });
      expect(ids(plain.rows)).toEqual(["002", "003"]);
    });

    test("that nobody gave are refused", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 6));
      const op = find(things, { path: "all", eq: { scope }, limit: 2 });
      const { cursor } = await pageOf(lab.engine, op);
      const real = cursor as string;
      const encoded = (content: unknown) => Buffer.from(JSON.stringify(content)).toString("base64url");
      const garbage = [
        "",
        " ",
        "x",
        "null",
        "%",
        "😀",
        real.slice(0, -1),
        real.slice(1),
        `${real}A`,
        encoded(null),
        encoded([]),
        encoded({}),
        encoded([1, "shape", []]),
        "A".repeat(10_000),
        "' OR 1=1 --",
      ];
      for (const cursor of garbage) {
        const read = lab.engine.read([{ ...op, cursor }]);
        await expect(read, JSON.stringify(cursor)).rejects.toMatchObject({ code: "invalid_argument" });
      }
    });
  });
}
