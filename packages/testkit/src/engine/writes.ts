import { check, get, insert, insertOrSkip, patch, remove, upsert } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { fd } from "../field-defect.ts";
import { contentOf, fetch, ids, seed, withoutRevision } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings, type Thing, thing } from "./rows.ts";
import { things, values } from "./tables.ts";

/** What each write does, and what it says that it did. */
export function writesSection(lab: Lab): void {
  const stored = (scope: string, id: string) => fetch(lab.engine, things, [scope, id]);
  const plain = async (scope: string, id: string) => {
    const row = await stored(scope, id);
    return row && withoutRevision(row);
  };

  describe("writes", () => {
    test("an insert, an upsert and a skip of a free key make the row", async () => {
      const scope = lab.scope();
      const rows = ["a", "b", "c"].map((id) => thing(scope, id, { note: id }));
      const [a, b, c] = rows as [Thing, Thing, Thing];
      const results = await lab.engine.write([insert(things, a), upsert(things, b), insertOrSkip(things, c)]);
      expect(results.map((result) => result.outcome)).toEqual(["inserted", "inserted", "inserted"]);
      expect((await contentOf(lab.engine, scope)).map(({ _rev, ...row }) => row)).toEqual(rows);
      for (const [index, { id }] of rows.entries()) expect((await stored(scope, id))?._rev).toBe(results[index]?.rev);
    });

    test("an upsert replaces the whole row, nulls included", async () => {
      const scope = lab.scope();
      await lab.engine.write([upsert(things, thing(scope, "a", { note: "old", amount: 1, meta: "{}", touchedAt: 5 }))]);
      const [result] = await lab.engine.write([upsert(things, thing(scope, "a", { kind: "b", seq: 9 }))]);
      expect(result?.outcome).toBe("updated");
      expect(await stored(scope, "a")).toEqual({ ...thing(scope, "a", { kind: "b", seq: 9 }), _rev: result?.rev });
    });

    test("an upsert keeps the named columns of a row that exists, and writes them in one that does not", async () => {
      const scope = lab.scope();
      const first = thing(scope, "a", { at: 1, note: "first", amount: 1 });
      const second = thing(scope, "a", { at: 2, note: "second", amount: 2 });
      const keep = ["at", "note"] as const;
      await lab.engine.write([upsert(things, first, { keep })]);
      expect(await plain(scope, "a")).toEqual(first);
      const [result] = await lab.engine.write([upsert(things, second, { keep })]);
      expect(result?.outcome).toBe("updated");
      expect(await plain(scope, "a")).toEqual({ ...second, at: 1, note: "first" });
    });

    test("an upsert keeps a stored null", async () => {
      const scope = lab.scope();
      await lab.engine.write([upsert(things, thing(scope, "a", { note: null }))]);
      await lab.engine.write([upsert(things, thing(scope, "a", { note: "new", seq: 1 }), { keep: ["note"] })]);
      expect(await plain(scope, "a")).toEqual(thing(scope, "a", { note: null, seq: 1 }));
    });

    test("a skip leaves a row that exists as it is and tells its revision", async () => {
      const scope = lab.scope();
      const [made] = await lab.engine.write([insert(things, thing(scope, "a", { note: "first" }))]);
      const [skipped] = await lab.engine.write([insertOrSkip(things, thing(scope, "a", { note: "second" }))]);
      expect(skipped).toEqual({ outcome: "skipped", rev: made?.rev });
      expect(await stored(scope, "a")).toEqual({ ...thing(scope, "a", { note: "first" }), _rev: made?.rev });
    });

    test("a skip beside other writes holds up none of them", async () => {
      const scope = lab.scope();
      await lab.engine.write([insert(things, thing(scope, "a"))]);
      const results = await lab.engine.write([
        insertOrSkip(things, thing(scope, "a", { seq: 1 })),
        insertOrSkip(things, thing(scope, "b", { seq: 1 })),
      ]);
      expect(results.map((result) => result.outcome)).toEqual(["skipped", "inserted"]);
      expect((await contentOf(lab.engine, scope)).map((row) => row.seq)).toEqual([0, 1]);
    });

    test("a patch changes the given columns only", async () => {
      const scope = lab.scope();
      const before = thing(scope, "a", { note: "old", amount: 1.5, meta: '{"a":1}', seq: 3 });
      await lab.engine.write([upsert(things, before)]);
      const [result] = await lab.engine.write([patch(things, [scope, "a"], { set: { note: null, meta: "[]" } })]);
      expect(result?.outcome).toBe("updated");
      expect(await stored(scope, "a")).toEqual({ ...before, note: null, meta: "[]", _rev: result?.rev });
    });

    test("a patch moves a row along its paths", async () => {
      const scope = lab.scope();
      await seed(
        lab.engine,
        things,
        manyThings(scope, 3, (index) => ({ at: index })),
      );
      await lab.engine.write([patch(things, [scope, "000"], { set: { at: 10, kind: "b" } })]);
      const walk = (path: "byTime" | "byKind", eq: object) =>
        lab.engine.read([{ op: "find", table: things, path, eq: { scope, ...eq } }]);
      const [byTime] = await walk("byTime", {});
      expect(ids(byTime.rows)).toEqual(["001", "002", "000"]);
      const [ofA] = await walk("byKind", { kind: "a" });
      expect(ids(ofA.rows)).toEqual(["001", "002"]);
      const [ofB] = await walk("byKind", { kind: "b" });
      expect(ids(ofB.rows)).toEqual(["000"]);
    });

    test("a patch of a missing row leaves it missing", async () => {
      const scope = lab.scope();
      const results = await lab.engine.write([
        patch(things, [scope, "a"], { set: { note: "x" } }),
        patch(things, [scope, "b"], { raise: { seq: 5 } }),
      ]);
      expect(results).toEqual([
        { outcome: "missing", rev: 0 },
        { outcome: "missing", rev: 0 },
      ]);
      expect(await contentOf(lab.engine, scope)).toEqual([]);
    });

    test("raise takes the greater of the value and the stored one plus 1", async () => {
      const scope = lab.scope();
      await lab.engine.write([upsert(things, thing(scope, "a", { at: 1_000, seq: 7, amount: 2.5 }))]);
      const raised = async (raise: Record<string, number>) => {
        await lab.engine.write([patch(things, [scope, "a"], { raise })]);
        const row = await stored(scope, "a");
        return Object.fromEntries(Object.keys(raise).map((column) => [column, row?.[column as "seq"]]));
      };
      expect(await raised({ at: 2_000, seq: 8, amount: 10.25 })).toEqual({ at: 2_000, seq: 8, amount: 10.25 });
      expect(await raised({ at: 1_500, seq: 8, amount: 10.25 })).toEqual({ at: 2_001, seq: 9, amount: 11.25 });
      expect(await raised({ at: -1, seq: -1, amount: -1 })).toEqual({ at: 2_002, seq: 10, amount: 12.25 });
    });

    test("raise takes the value itself where null is stored", async () => {
      const scope = lab.scope();
      await lab.engine.write([upsert(things, thing(scope, "a"))]);
      await lab.engine.write([patch(things, [scope, "a"], { raise: { touchedAt: -5, amount: -0.5 } })]);
      expect(await plain(scope, "a")).toEqual(thing(scope, "a", { touchedAt: -5, amount: -0.5 }));
    });

    test("raise and set go together in one patch", async () => {
      const scope = lab.scope();
      await lab.engine.write([upsert(things, thing(scope, "a", { seq: 1 }))]);
      await lab.engine.write([patch(things, [scope, "a"], { set: { note: "n" }, raise: { seq: 1 } })]);
      expect(await plain(scope, "a")).toEqual(thing(scope, "a", { seq: 2, note: "n" }));
    });

    test("a patch of nothing gives a new revision", async () => {
      const scope = lab.scope();
      const [made] = await lab.engine.write([insert(things, thing(scope, "a"))]);
      const [touched] = await lab.engine.write([patch(things, [scope, "a"], {})]);
      expect(touched?.outcome).toBe("updated");
      expect(touched?.rev).toBeGreaterThan(made?.rev as number);
      expect(await stored(scope, "a")).toEqual({ ...thing(scope, "a"), _rev: touched?.rev });
    });

    test("a removed row is gone from everywhere, and removing it again is no error", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 3));
      expect(await lab.engine.write([remove(things, [scope, "001"])])).toEqual([{ outcome: "removed", rev: 0 }]);
      expect(await lab.engine.write([remove(things, [scope, "001"])])).toEqual([{ outcome: "missing", rev: 0 }]);
      expect(await stored(scope, "001")).toBeUndefined();
      expect(ids(await contentOf(lab.engine, scope))).toEqual(["000", "002"]);
      const [{ count }] = await lab.engine.read([{ op: "count", table: things, path: "byTime", eq: { scope } }]);
      expect(count).toBe(2);
    });

    test("a batch may write several tables", async () => {
      const scope = lab.scope();
      const value = { scope, id: "v", text: "", textOrNull: null, json: "1", jsonOrNull: null } as const;
      const numbers = {
        timestamp: 0,
        timestampOrNull: null,
        integer: 0,
        integerOrNull: null,
        float: 0,
        floatOrNull: null,
      };
      const others = { bigint: 0n, bigintOrNull: null, boolean: true, booleanOrNull: null };
      const results = await lab.engine.write([
        insert(things, thing(scope, "a")),
        insert(values, { ...value, ...numbers, ...others }),
      ]);
      expect(results.map((result) => result.outcome)).toEqual(["inserted", "inserted"]);
      const [first, second] = await lab.engine.read([get(things, [[scope, "a"]]), get(values, [[scope, "v"]])]);
      expect([first.rows[0]?.id, second.rows[0]?.id]).toEqual(["a", "v"]);
    });

    test("expectations that hold let a batch through", async () => {
      const scope = lab.scope();
      const made = await lab.engine.write(["a", "b", "c", "d"].map((id) => insert(things, thing(scope, id))));
      const rev = (index: number) => ({ rev: made[index]?.rev as number });
      const results = await lab.engine.write([
        upsert(things, thing(scope, "a", { seq: 1 }), { expect: rev(0) }),
        patch(things, [scope, "b"], { set: { seq: 1 }, expect: rev(1) }),
        remove(things, [scope, "c"], rev(2)),
        check(things, [scope, "d"], rev(3)),
        upsert(things, thing(scope, "e"), { expect: "absent" }),
      ]);
      expect(results.map((result) => result.outcome)).toEqual(["updated", "updated", "removed", "checked", "inserted"]);
      expect(results[3]?.rev).toBe(made[3]?.rev);
      const more = await lab.engine.write([
        upsert(things, thing(scope, "a", { seq: 2 }), { expect: "exists" }),
        patch(things, [scope, "b"], { set: { seq: 2 }, expect: "exists" }),
        check(things, [scope, "c"], "absent"),
        check(things, [scope, "d"], "exists"),
        remove(things, [scope, "e"], "exists"),
      ]);
      expect(more.map((result) => result.outcome)).toEqual(["updated", "updated", "checked", "checked", "removed"]);
      expect(more[2]?.rev).toBe(0);
      expect((await contentOf(lab.engine, scope)).map((row) => [row.id, row.seq])).toEqual([
        ["a", 2],
        ["b", 2],
        ["d", 0],
      ]);
    });

    test("a check changes nothing", async () => {
      const scope = lab.scope();
      const [made] = await lab.engine.write([insert(things, thing(scope, "a"))]);
      await lab.engine.write([check(things, [scope, "a"], "exists"), check(things, [scope, "b"], "absent")]);
      expect(await contentOf(lab.engine, scope)).toEqual([{ ...thing(scope, "a"), _rev: made?.rev }]);
    });

    test("a batch of nothing is no error", async () => {
      expect(await lab.engine.write([])).toEqual([]);
      expect(await lab.engine.write([], { atomic: false })).toEqual([]);
      expect(await lab.engine.read([])).toEqual([]);
    });

    fd("FD-167", "the bulk form writes and removes all that it was given, and gives no results", async () => {
      const scope = lab.scope();
      const rows = manyThings(scope, 300, (index) => ({ seq: index }));
      expect(
        await lab.engine.write(
          rows.map((row) => upsert(things, row)),
          { atomic: false },
        ),
      ).toEqual([]);
      expect((await contentOf(lab.engine, scope)).map(({ _rev, ...row }) => row)).toEqual(rows);
      const mixed = rows.map((row, index) =>
        index % 2 === 0 ? remove(things, [scope, row.id]) : upsert(things, { ...row, note: "again" }),
      );
      expect(await lab.engine.write(mixed, { atomic: false })).toEqual([]);
      const left = await contentOf(lab.engine, scope);
      expect(left.map((row) => [row.seq, row.note])).toEqual(
        rows.filter((_, index) => index % 2 === 1).map((row) => [row.seq, "again"]),
      );
    });

    test("the bulk form takes nothing that depends on what is stored", async () => {
      const scope = lab.scope();
      const free = upsert(things, thing(scope, "z"));
      const wrong = {
        "an insert": insert(things, thing(scope, "a")),
        "a skip": insertOrSkip(things, thing(scope, "a")),
        "a patch": patch(things, [scope, "a"], { set: { seq: 1 } }),
        "a check": check(things, [scope, "a"], "absent"),
        "an expectation": upsert(things, thing(scope, "a"), { expect: "absent" }),
        "an expectation of a removal": remove(things, [scope, "a"], "exists"),
        "a kept column": upsert(things, thing(scope, "a"), { keep: ["note"] }),
      };
      for (const [what, op] of Object.entries(wrong)) {
        await expect(lab.engine.write([free, op], { atomic: false }), what).rejects.toBeInstanceOf(TypeError);
        expect(await contentOf(lab.engine, scope), what).toEqual([]);
      }
    });

    test("a batch without one meaning is refused before anything is written", async () => {
      const scope = lab.scope();
      await lab.engine.write([insert(things, thing(scope, "a"))]);
      const before = await contentOf(lab.engine, scope);
      const free = insert(things, thing(scope, "z"));
      const wrong = {
        "two changes of one record": [
          upsert(things, thing(scope, "a", { seq: 1 })),
          patch(things, [scope, "a"], { set: { seq: 2 } }),
        ],
        "a patch of a key column": [patch(things, [scope, "a"], { set: { id: "b" } })],
        "an insert with an expectation": [{ ...insert(things, thing(scope, "b")), expect: "absent" as const }],
        "a skip with an expectation": [{ ...insertOrSkip(things, thing(scope, "a")), expect: "exists" as const }],
      };
      for (const [what, ops] of Object.entries(wrong)) {
        await expect(lab.engine.write([free, ...ops]), what).rejects.toBeInstanceOf(TypeError);
        expect(await contentOf(lab.engine, scope), what).toEqual(before);
      }
    });
  });
}
