import { allOf, anyOf, compileFilter, type Filter, find } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { awkwardJson, awkwardTexts } from "../awkward.ts";
import { fd } from "../field-defect.ts";
import { ids, pageOf, seed, walkPages } from "./access.ts";
import type { Lab } from "./lab.ts";
import { type Thing, thing } from "./rows.ts";
import { things } from "./tables.ts";
import { sortedThings } from "./walks.ts";

const eq = (column: string, value: Thing[keyof Thing]): Filter => ({ op: "eq", column, value });
const meta = (path: readonly string[], value: unknown): Filter => ({
  op: "jsonEq",
  column: "meta",
  path,
  value: JSON.stringify(value),
});

/** Filters by what they test. Expected answers are computed by the one shared meaning of filters. */
const filters: Readonly<Record<string, readonly Filter[]>> = {
  "comparisons of text": (["eq", "ne", "lt", "lte", "gt", "gte"] as const).flatMap((op) =>
    ["", "a", "A", "😀", "\ue000", "a\0b", "\ud800"].map((value): Filter => ({ op, column: "note", value })),
  ),
  "comparisons of numbers": (["eq", "ne", "lt", "lte", "gt", "gte"] as const).flatMap((op) =>
    [-1, 0, 0.5, 3].map((value): Filter => ({ op, column: "amount", value })),
  ),
  "comparisons of instants": (["eq", "lt", "gte"] as const).flatMap((op) =>
    [-1, 0, 1_000].flatMap((value): Filter[] => [
      { op, column: "touchedAt", value },
      { op, column: "at", value },
    ]),
  ),
  "comparisons with null, which match nothing": (["eq", "ne", "lt", "gte"] as const).map((op) => ({
    op,
    column: "note",
    value: null,
  })),
  "lists of values": [
    { op: "in", column: "note", values: ["a", "\ud800", "not there"] },
    { op: "in", column: "note", values: [] },
    { op: "in", column: "note", values: [null] },
    { op: "in", column: "seq", values: [1, 2, 1] },
    { op: "in", column: "note", values: Array.from({ length: 300 }, (_, index) => `v${index}`).concat("a") },
  ],
  "null tests": ["note", "amount", "meta", "tags", "touchedAt"].flatMap((column): Filter[] => [
    { op: "isNull", column },
    { op: "notNull", column },
  ]),
  "logic, two-valued over nulls": [
    { op: "not", arg: eq("note", "a") },
    { op: "not", arg: { op: "lt", column: "amount", value: 1 } },
    { op: "not", arg: { op: "not", arg: eq("note", "a") } },
    { op: "not", arg: { op: "in", column: "note", values: ["a"] } },
    { op: "not", arg: { op: "eq", column: "note", value: null } },
    { op: "not", arg: { op: "isNull", column: "note" } },
    { op: "not", arg: anyOf(eq("note", "a"), eq("amount", 0.5)) },
    { op: "not", arg: allOf(eq("note", "a"), eq("seq", 1)) as Filter },
    { op: "and", args: [] },
    { op: "or", args: [] },
    { op: "not", arg: { op: "and", args: [] } },
    anyOf(eq("seq", 1), allOf(eq("seq", 2), { op: "notNull", column: "meta" }) as Filter),
    allOf(anyOf(eq("note", "a"), eq("note", "")), { op: "gte", column: "seq", value: 1 }) as Filter,
  ],
  "members of JSON": [
    meta([], { a: 1 }),
    meta([], null),
    meta([], "null"),
    meta(["a"], 1),
    meta(["a"], "1"),
    meta(["a"], null),
    meta(["a"], true),
    meta(["a"], [1, { b: [] }]),
    meta(["a"], { y: 2, x: 1 }),
    meta(["a", "b"], "deep"),
    meta(["a", "b", "c"], 1),
    meta(["0"], "first"),
    meta(["a.b"], 1),
    meta(["$set"], 1),
    meta([""], "empty name"),
    meta(["__proto__"], { x: 1 }),
    meta(["constructor"], 1),
    meta(["toString"], 1),
    meta(["quo\"te'\\"], 1),
    meta(["\0"], "nul"),
    meta(["😀"], "\ud800"),
    meta(["n"], 0.1),
    meta(["n"], 12345678901234567000),
    meta(["length"], 2),
    { op: "not", arg: meta(["a"], 1) },
    { op: "not", arg: meta(["a"], null) },
  ],
  "absent members of JSON": [["a"], ["a", "b"], ["__proto__"], ["0"], [""], ["toString"]].flatMap((path): Filter[] => [
    { op: "jsonAbsent", column: "meta", path },
    { op: "not", arg: { op: "jsonAbsent", column: "meta", path } },
  ]),
  "elements of JSON arrays": [
    "x",
    "X",
    1,
    "1",
    null,
    "null",
    { k: "v", l: [1] },
    [],
    {},
    true,
    "a\0b",
    "\udfff",
  ].flatMap((value): Filter[] => [
    { op: "contains", column: "tags", value: JSON.stringify(value) },
    { op: "not", arg: { op: "contains", column: "meta", value: JSON.stringify(value) } },
  ]),
  "searches in text": ["a", "A", "", "%", "_", "\\", "ß", "İ", "ΟΔΟΣ", "needle", "\0", "\ud800", "😀"].map((value) => ({
    op: "search",
    column: "note",
    value,
  })),
  "searches in JSON": [
    "first",
    "FIRST",
    "plain str",
    "ing, plain",
    '"a":',
    "\\u0000",
    "0.1",
    "null",
    "{",
    "Straße",
  ].map((value) => ({ op: "search", column: "meta", value })),
};

const metas = [
  { a: 1 },
  { a: "1" },
  { a: null },
  { a: true },
  { a: [1, { b: [] }] },
  { a: { x: 1, y: 2 } },
  { a: { b: "deep" } },
  { a: { b: { c: 1 } } },
  ["first", "second"],
  { 0: "first" },
  { "a.b": 1, $set: 1, "": "empty name" },
  JSON.parse('{"__proto__":{"x":1},"constructor":1}') as object,
  { "quo\"te'\\": 1 },
  { "\0": "nul", "😀": "\ud800" },
  { n: 0.1 },
  { n: 12345678901234567000 },
  { length: 2 },
  null,
  "null",
  "plain string, PLAIN STRING, strasse STRASSE Straße",
  [],
  {},
  0,
];
const tags = [
  ["x"],
  ["X", 1],
  ["1", null],
  ["null", [], {}],
  [{ l: [1], k: "v" }],
  [true, "a\0b", "\udfff"],
  [],
  {},
  "x",
  null,
];
const notes = [
  ...awkwardTexts.slice(0, -2),
  "needle in a haystack",
  "NEEDLE",
  "ΟΔΟΣ οδος οδοσ",
  "İstanbul",
  "v7",
  "100%",
];

const corpus = (scope: string): Thing[] =>
  Array.from({ length: notes.length }, (_, index) =>
    thing(scope, String(index).padStart(3, "0"), {
      at: (index % 4) * 500 - 500,
      seq: index % 5,
      note: index % 6 === 5 ? null : (notes[index] as string),
      amount: index % 3 === 0 ? null : (index % 9) / 2 - 1,
      meta: index % 8 === 7 ? null : JSON.stringify(metas[index % metas.length]),
      tags: index % 7 === 6 ? null : JSON.stringify(tags[index % tags.length]),
      touchedAt: index % 2 === 0 ? null : (index % 4) * 500 - 1_000,
    }),
  );

/** Residual filters: which rows of a walk pass, with the two-valued logic that all engines share. */
export function filtersSection(lab: Lab): void {
  describe("filters", () => {
    for (const [name, list] of Object.entries(filters)) {
      test(name, async () => {
        const scope = lab.scope();
        const rows = corpus(scope);
        await seed(lab.engine, things, rows);
        for (const filter of list) {
          const expected = ids(sortedThings(rows, "byTime", "asc").filter(compileFilter(things, filter)));
          const found = await pageOf(lab.engine, find(things, { path: "byTime", eq: { scope }, filter }));
          expect(ids(found.rows), JSON.stringify(filter)).toEqual(expected);
          const [{ count }] = await lab.engine.read([
            { op: "count", table: things, path: "byTime", eq: { scope }, filter },
          ]);
          expect(count, JSON.stringify(filter)).toBe(expected.length);
        }
      });
    }

    test("limit, offset and cursor count the rows that pass", async () => {
      const scope = lab.scope();
      const rows = Array.from({ length: 200 }, (_, index) =>
        thing(scope, String(index).padStart(3, "0"), { meta: JSON.stringify({ n: index % 10 }), seq: index }),
      );
      await seed(lab.engine, things, rows);
      const filter: Filter = { op: "jsonEq", column: "meta", path: ["n"], value: "3" };
      const expected = ids(rows.filter((_, index) => index % 10 === 3));
      const op = find(things, { path: "byKind", eq: { scope, kind: "a" }, filter });
      expect(ids((await pageOf(lab.engine, { ...op, limit: 4, offset: 5 })).rows)).toEqual(expected.slice(5, 9));
      expect(ids((await pageOf(lab.engine, { ...op, offset: 19 })).rows)).toEqual(expected.slice(19));
      const pages = await walkPages(lab.engine, { ...op, limit: 7 });
      expect(ids(pages.flat())).toEqual(expected);
      const reversed = await walkPages(lab.engine, { ...op, direction: "desc", limit: 3 });
      expect(ids(reversed.flat())).toEqual([...expected].reverse());
    });

    fd("FD-045", "a match behind many rows that do not pass is found", async () => {
      const scope = lab.scope();
      const rows = Array.from({ length: 1_200 }, (_, index) =>
        thing(scope, String(index).padStart(4, "0"), { tags: index === 1_199 ? '["needle"]' : '["hay"]' }),
      );
      await seed(lab.engine, things, rows);
      const filter: Filter = { op: "contains", column: "tags", value: '"needle"' };
      const page = await pageOf(lab.engine, find(things, { path: "all", eq: { scope }, filter, limit: 1 }));
      expect(ids(page.rows)).toEqual(["1199"]);
    });

    fd("FD-064", "a list is served whatever one of its rows holds", async () => {
      const scope = lab.scope();
      const rows = awkwardJson.map((meta, index) => thing(scope, String(index).padStart(3, "0"), { meta, tags: meta }));
      await seed(lab.engine, things, [...rows, thing(scope, "plain", { meta: '{"wanted":true}', tags: '["wanted"]' })]);
      for (const filter of [
        { op: "jsonEq", column: "meta", path: ["wanted"], value: "true" },
        { op: "contains", column: "tags", value: '"wanted"' },
        { op: "search", column: "meta", value: "WANTED" },
      ] as const) {
        const page = await pageOf(lab.engine, find(things, { path: "all", eq: { scope }, filter }));
        expect(ids(page.rows)).toEqual(["plain"]);
      }
    });
  });
}
