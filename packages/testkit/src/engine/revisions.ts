import { check, insert, insertOrSkip, patch, remove, upsert } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { fetch, seed } from "./access.ts";
import type { Lab } from "./lab.ts";
import { refusalOf } from "./refusals.ts";
import { thing } from "./rows.ts";
import { things } from "./tables.ts";

/** The hidden revision: new at every write, and never the same twice for one key. */
export function revisionsSection(lab: Lab): void {
  const revOf = async (scope: string, id: string) => (await fetch(lab.engine, things, [scope, id]))?._rev;

  describe("revisions", () => {
    test("grow at every write of the record, and are what the write says", async () => {
      const scope = lab.scope();
      const writes = [
        insert(things, thing(scope, "a")),
        upsert(things, thing(scope, "a", { seq: 1 })),
        patch(things, [scope, "a"], { set: { seq: 2 } }),
        patch(things, [scope, "a"], { raise: { seq: 2 } }),
        upsert(things, thing(scope, "a"), { keep: ["seq"] }),
        upsert(things, thing(scope, "a")),
      ];
      let last = 0;
      for (const write of writes) {
        const [result] = await lab.engine.write([write]);
        expect(result?.rev).toBeGreaterThan(last);
        expect(Number.isSafeInteger(result?.rev)).toBe(true);
        expect(await revOf(scope, "a")).toBe(result?.rev);
        last = result?.rev as number;
      }
    });

    test("stay as they are when the record is not written", async () => {
      const scope = lab.scope();
      const [made] = await lab.engine.write([insert(things, thing(scope, "a"))]);
      await lab.engine.write([
        insertOrSkip(things, thing(scope, "a", { seq: 5 })),
        check(things, [scope, "a"], "exists"),
        insert(things, thing(scope, "b")),
      ]);
      await lab.engine.write([patch(things, [scope, "b"], { set: { seq: 1 } })]);
      await refusalOf(
        lab.engine.write([patch(things, [scope, "a"], { set: { seq: 1 } }), insert(things, thing(scope, "b"))]),
      );
      expect(await revOf(scope, "a")).toBe(made?.rev);
    });

    test("are the same in every way of reading", async () => {
      const scope = lab.scope();
      const [made] = await lab.engine.write([insert(things, thing(scope, "a"))]);
      const [got, projected, page] = await lab.engine.read([
        { op: "get", table: things, keys: [[scope, "a"]] },
        { op: "get", table: things, keys: [[scope, "a"]], columns: ["seq"] },
        { op: "find", table: things, path: "byTime", eq: { scope }, columns: ["id"] },
      ]);
      const revisions = [got.rows[0]?._rev, projected.rows[0]?._rev, page.rows[0]?._rev];
      expect(revisions).toEqual([made?.rev, made?.rev, made?.rev]);
    });

    test("do not repeat after removal and creation, however fast", async () => {
      const scope = lab.scope();
      for (let round = 0; round < 20; round++) {
        const id = `r${round}`;
        const seen = new Set<number>();
        const note = async (write: Promise<{ rev: number }[]>) => {
          const rev = (await write)[0]?.rev as number;
          expect(seen.has(rev)).toBe(false);
          seen.add(rev);
        };
        for (let life = 0; life < 3; life++) {
          await note(lab.engine.write([insert(things, thing(scope, id))]));
          await note(lab.engine.write([patch(things, [scope, id], { set: { seq: life } })]));
          await note(lab.engine.write([upsert(things, thing(scope, id, { seq: -1 }))]));
          await lab.engine.write([remove(things, [scope, id])]);
        }
      }
    });

    test("a reader of an earlier life cannot change a record made anew", async () => {
      const scope = lab.scope();
      const [first] = await lab.engine.write([insert(things, thing(scope, "a"))]);
      const [second] = await lab.engine.write([patch(things, [scope, "a"], { set: { seq: 1 } })]);
      await lab.engine.write([remove(things, [scope, "a"])]);
      await lab.engine.write([insert(things, thing(scope, "a", { note: "new life" }))]);
      for (const rev of [first?.rev as number, second?.rev as number]) {
        const refusal = await refusalOf(lab.engine.write([remove(things, [scope, "a"], { rev })]));
        expect(refusal.reason).toBe("rev");
      }
    });

    test("of rows written in bulk work as expectations", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, [thing(scope, "a"), thing(scope, "b")]);
      const before = (await revOf(scope, "a")) as number;
      const [result] = await lab.engine.write([
        patch(things, [scope, "a"], { set: { seq: 1 }, expect: { rev: before } }),
      ]);
      expect(result?.rev).toBeGreaterThan(before);
      await seed(lab.engine, things, [thing(scope, "a")]);
      expect(await revOf(scope, "a")).toBeGreaterThan(result?.rev as number);
    });
  });
}
