import { describe, expect, test } from "vitest";
import { checkBatch, checkWalk } from "./batch.ts";
import { integer, json, text } from "./column.ts";
import { check, insert, patch, remove, upsert } from "./operations.ts";
import { defineTable, keyOf, pathOf } from "./table.ts";

const columns = { id: text(), owner: text(), code: text().nullable(), n: integer(), data: json() };
const table = defineTable("t", columns, {
  key: ["owner", "id"],
  unique: { byCode: ["code"] },
  paths: { byNumber: { eq: ["owner"], sort: ["n"] }, byCode: { eq: ["code"] }, later: { sort: ["n"], onDemand: true } },
});
const row = (id: string) => ({ id, owner: "o", code: null, n: 0, data: "{}" });

describe("defineTable", () => {
  test("ends every order in the key, and knows which paths are sparse", () => {
    expect(pathOf(table, "byNumber")).toEqual({
      name: "byNumber",
      eq: ["owner"],
      sort: ["n"],
      order: ["n", "owner", "id"],
      sparse: false,
      onDemand: false,
    });
    expect(pathOf(table, "byCode").sparse).toBe(true);
    expect(pathOf(table, "later").onDemand).toBe(true);
    expect(keyOf(table, row("a"))).toEqual(["o", "a"]);
  });

  test("is frozen, and keeps no list of the caller's", () => {
    expect(Object.isFrozen(table) && Object.isFrozen(table.key) && Object.isFrozen(table.paths)).toBe(true);
  });

  test("refuses what no engine could keep", () => {
    const wrong: [string, () => unknown][] = [
      ["unknown key", () => defineTable("t", columns, { key: ["nowhere" as "id"] })],
      ["no key", () => defineTable("t", columns, { key: [] })],
      ["nullable key", () => defineTable("t", columns, { key: ["code"] })],
      [
        "unknown column in a path",
        () => defineTable("t", columns, { key: ["id"], paths: { p: { sort: ["toString" as "id"] } } }),
      ],
      [
        "unknown column in a unique key",
        () => defineTable("t", columns, { key: ["id"], unique: { u: ["nowhere" as "id"] } }),
      ],
      ["JSON in a path", () => defineTable("t", columns, { key: ["id"], paths: { p: { eq: ["data"] } } })],
    ];
    for (const [what, declare] of wrong) expect(declare, what).toThrow(TypeError);
  });

  test("has the paths it declares and no others", () => {
    for (const name of ["nowhere", "constructor", "toString", "__proto__"])
      expect(() => pathOf(table, name)).toThrow(/no access path/);
  });
});

describe("checkBatch", () => {
  const key = ["o", "a"];

  test("lets checks stand beside one change of a record", () => {
    expect(() =>
      checkBatch([
        check(table, key, "exists"),
        upsert(table, row("a")),
        check(table, key, { rev: 1 }),
        remove(table, ["o", "b"]),
      ]),
    ).not.toThrow();
  });

  test("refuses what has no one meaning", () => {
    const wrong = [
      [insert(table, row("a")), remove(table, key)],
      [patch(table, key, { set: { n: 1 } }), patch(table, key, { raise: { n: 1 } })],
      [patch(table, key, { set: { id: "b" } })],
      [patch(table, key, { raise: { owner: 1 } })],
      [{ ...insert(table, row("a")), expect: "exists" as const }],
    ];
    for (const ops of wrong) expect(() => checkBatch(ops)).toThrow(TypeError);
  });

  test("lets the bulk form have plain upserts and removals only", () => {
    expect(() => checkBatch([upsert(table, row("a")), remove(table, ["o", "b"])], { atomic: false })).not.toThrow();
    const wrong = [
      insert(table, row("a")),
      upsert(table, row("a"), { keep: ["n"] }),
      upsert(table, row("a"), { expect: "exists" }),
      remove(table, key, "exists"),
      patch(table, key, { set: { n: 1 } }),
      check(table, key, "exists"),
    ];
    for (const op of wrong) expect(() => checkBatch([op], { atomic: false })).toThrow(TypeError);
  });
});

describe("checkWalk", () => {
  test("refuses a walk that leaves out an equality column", () => {
    const walk = (eq?: object) => ({ table, path: "byNumber", ...(eq && { eq }) }) as never;
    for (const eq of [undefined, {}, { owner: null }, { n: 1 }])
      expect(() => checkWalk(walk(eq))).toThrow(/needs a value for owner/);
    for (const eq of [{ owner: "" }, { owner: [] }]) expect(() => checkWalk(walk(eq))).not.toThrow();
  });
});
