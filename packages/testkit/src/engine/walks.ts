import {
  compareTuples,
  type Direction,
  type EngineValue,
  type Find,
  find,
  get,
  type PathName,
  pathOf,
  type Range,
  type Row,
} from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { awkwardBigints, awkwardFloats, awkwardKeys } from "../awkward.ts";
import { fd } from "../field-defect.ts";
import { ids, pageOf, seed, walkPages, withoutRevision } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings, orderedRow, thing } from "./rows.ts";
import { ordered, things } from "./tables.ts";

type OrderedRow = Row<typeof ordered>;
const directions: readonly Direction[] = ["asc", "desc"];

/** Gets and walks: which rows, in which order, and no others. */
export function walksSection(lab: Lab): void {
  const page = (op: Omit<Find<typeof things>, "op" | "table">) => pageOf(lab.engine, find(things, op));

  describe("get", () => {
    test("gives rows in the order of the keys, and nothing where there is none", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 3));
      const keys = ["002", "missing", "000", "002"].map((id) => [scope, id]);
      const [{ rows }] = await lab.engine.read([get(things, keys)]);
      expect(rows.map((row) => row?.id)).toEqual(["002", undefined, "000", "002"]);
      expect(await lab.engine.read([get(things, [])])).toEqual([{ rows: [] }]);
    });

    test("gives the asked columns and the revision, no others", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, [thing(scope, "a", { note: "n", seq: 4 })]);
      const [{ rows }] = await lab.engine.read([get(things, [[scope, "a"]], ["note", "seq"])]);
      expect(rows).toEqual([{ note: "n", seq: 4, _rev: expect.any(Number) }]);
    });

    test("takes more keys than one request does", async () => {
      const scope = lab.scope();
      const count = Math.min(lab.capabilities.maxGetKeys, 1_000) + 2;
      await seed(lab.engine, things, [thing(scope, "0"), thing(scope, String(count - 1))]);
      const keys = Array.from({ length: count }, (_, index) => [scope, String(index)]);
      const [{ rows }] = await lab.engine.read([get(things, keys)]);
      expect(rows).toHaveLength(count);
      expect(rows.flatMap((row) => (row ? [row.id] : []))).toEqual(["0", String(count - 1)]);
    });

    test("several reads of one call are answered in order", async () => {
      const scope = lab.scope();
      await seed(
        lab.engine,
        things,
        manyThings(scope, 4, (index) => ({ kind: index < 2 ? "a" : "b" })),
      );
      const [one, two, three, four] = await lab.engine.read([
        { op: "count", table: things, path: "all", eq: { scope } },
        find(things, { path: "byKind", eq: { scope, kind: "b" } }),
        get(things, [[scope, "001"]]),
        find(things, { path: "byKind", eq: { scope, kind: "c" } }),
      ]);
      expect(one.count).toBe(4);
      expect(ids(two.rows)).toEqual(["002", "003"]);
      expect(three.rows.map((row) => row?.id)).toEqual(["001"]);
      expect(four.rows).toEqual([]);
    });
  });

  describe("walks", () => {
    const unordered: OrderedRow[] = [3, 0, 4, 1, 2, 5].flatMap((at) =>
      ["y", "x", "Z", "ä"].map((id) =>
        orderedRow("", `${id}${at}`, { at: at - 2, flag: at % 2 === 0, owner: at < 2 ? null : `o${at % 2}` }),
      ),
    );

    test.each(directions)("have a total order, ties broken by the key (%s)", async (direction) => {
      const scope = lab.scope();
      const rows = unordered.map((row) => ({ ...row, scope, at: Math.floor(row.at / 2) }));
      await seed(lab.engine, ordered, rows);
      const found = await pageOf(lab.engine, find(ordered, { path: "later", eq: { scope }, direction }));
      expect(found.rows.map(withoutRevision)).toEqual(sorted(rows, "later", direction));
      expect(found.end).toBe("exhausted");
    });

    test.each(directions)("order text by code point (%s)", async (direction) => {
      const scope = lab.scope();
      const rows = awkwardKeys.map((label, index) => orderedRow(scope, `k${index}`, { label }));
      await seed(lab.engine, ordered, rows);
      const found = await pageOf(lab.engine, find(ordered, { path: "byLabel", eq: { scope }, direction }));
      expect(found.rows.map((row) => row.label)).toEqual(sorted(rows, "byLabel", direction).map((row) => row.label));
    });

    test.each(directions)("order keys by code point where the path sorts by nothing else (%s)", async (direction) => {
      const scope = lab.scope();
      const rows = awkwardKeys.map((id) => thing(scope, id));
      await seed(lab.engine, things, rows);
      const found = await page({ path: "all", eq: { scope }, direction });
      const expected = [...awkwardKeys].sort((a, b) => compareTuples([a], [b]) * (direction === "desc" ? -1 : 1));
      expect(ids(found.rows)).toEqual(expected);
    });

    test.each(directions)("order floats and bigints as numbers (%s)", async (direction) => {
      const scope = lab.scope();
      const rows = awkwardFloats.map((weight, index) =>
        orderedRow(scope, `n${index}`, { weight, size: awkwardBigints[index % awkwardBigints.length] as bigint }),
      );
      await seed(lab.engine, ordered, rows);
      for (const path of ["byWeight", "bySize"] as const) {
        const found = await pageOf(lab.engine, find(ordered, { path, eq: { scope }, direction }));
        expect(found.rows.map(withoutRevision)).toEqual(sorted(rows, path, direction));
      }
    });

    test("take booleans as equality values", async () => {
      const scope = lab.scope();
      const rows = unordered.map((row) => ({ ...row, scope }));
      await seed(lab.engine, ordered, rows);
      for (const flag of [true, false]) {
        const found = await pageOf(lab.engine, find(ordered, { path: "byFlag", eq: { scope, flag } }));
        expect(found.rows.map(withoutRevision)).toEqual(
          sorted(
            rows.filter((row) => row.flag === flag),
            "byFlag",
            "asc",
          ),
        );
      }
    });

    test("a sparse path leaves out rows with a null in it, and takes them in when they get a value", async () => {
      const scope = lab.scope();
      const rows = unordered.map((row) => ({ ...row, scope }));
      await seed(lab.engine, ordered, rows);
      const eq = { scope, owner: ["o0", "o1"] };
      const found = await pageOf(lab.engine, find(ordered, { path: "byOwner", eq }));
      const owned = rows.filter((row) => row.owner !== null);
      expect(found.rows.map(withoutRevision)).toEqual(sorted(owned, "byOwner", "asc"));
      expect((await pageOf(lab.engine, find(ordered, { path: "byWeight", eq: { scope } }))).rows).toEqual([]);

      await lab.engine.write([
        { op: "patch", table: ordered, key: [scope, "x0"], set: { weight: 1, owner: "o0" } },
        { op: "patch", table: ordered, key: [scope, "y2"], set: { owner: null } },
      ]);
      const changed = rows.map((row) => ({
        ...row,
        ...(row.id === "x0" && { weight: 1, owner: "o0" }),
        ...(row.id === "y2" && { owner: null }),
      }));
      const again = await pageOf(lab.engine, find(ordered, { path: "byOwner", eq }));
      expect(again.rows.map(withoutRevision)).toEqual(
        sorted(
          changed.filter((row) => row.owner !== null),
          "byOwner",
          "asc",
        ),
      );
      expect(ids((await pageOf(lab.engine, find(ordered, { path: "byWeight", eq: { scope } }))).rows)).toEqual(["x0"]);
    });

    test.each(directions)("lists of equality values are merged into one order (%s)", async (direction) => {
      const scopes = [lab.scope(), lab.scope()];
      const kinds = ["a", "b", "c"];
      const rows = scopes.flatMap((scope) =>
        manyThings(scope, 30, (index) => ({ kind: kinds[index % 3] as string, at: index % 5, seq: index % 2 })),
      );
      await seed(lab.engine, things, rows);
      for (const [eq, wanted] of [
        [{ scope: scopes[0], kind: ["a", "c", "missing", "a"] }, ["a", "c"]],
        [{ scope: scopes, kind: "b" }, ["b"]],
        [{ scope: scopes, kind: kinds }, kinds],
      ] as const) {
        const expected = rows.filter(
          (row) => [eq.scope].flat().includes(row.scope) && (wanted as readonly string[]).includes(row.kind),
        );
        const found = await page({ path: "byKind", eq: eq as never, direction });
        expect(found.rows.map(withoutRevision)).toEqual(sortedThings(expected, "byKind", direction));
      }
    });

    test("lists of equality values are merged whatever columns are asked for", async () => {
      const scope = lab.scope();
      const rows = manyThings(scope, 12, (index) => ({ kind: index % 2 ? "a" : "b", at: 12 - index }));
      await seed(lab.engine, things, rows);
      const walk = { path: "byKind", eq: { scope, kind: ["a", "b"] }, columns: ["id"] } as const;
      const found = await page(walk as never);
      expect(ids(found.rows)).toEqual(ids(sortedThings(rows, "byKind", "asc")));
    });

    test("an empty list of equality values matches nothing", async () => {
      const scope = lab.scope();
      await seed(lab.engine, things, manyThings(scope, 3));
      const found = await page({ path: "byKind", eq: { scope, kind: [] } });
      expect(found).toMatchObject({ rows: [], end: "exhausted" });
      const [{ count }] = await lab.engine.read([
        { op: "count", table: things, path: "byKind", eq: { scope, kind: [] } },
      ]);
      expect(count).toBe(0);
    });

    test("a walk without its equality columns is refused", async () => {
      const scope = lab.scope();
      const walks = [
        { path: "byKind" },
        { path: "byKind", eq: { scope } },
        { path: "byKind", eq: { scope, kind: null } },
      ];
      for (const walk of walks) {
        for (const op of ["find", "count"] as const) {
          const read = lab.engine.read([{ op, table: things, ...walk } as Find]);
          await expect(read, `${op} ${JSON.stringify(walk)}`).rejects.toBeInstanceOf(TypeError);
        }
      }
      await expect(lab.engine.read([{ op: "find", table: things, path: "nowhere" } as never])).rejects.toThrow(
        TypeError,
      );
    });

    describe("ranges", () => {
      const at = [0, 0, 10, 10, 10, 20, 30];
      const bounds: readonly (readonly EngineValue[] | undefined)[] = [
        undefined,
        [-1],
        [0],
        [5],
        [10],
        [20],
        [30],
        [31],
      ];

      test.each(directions)(
        "hold what lies between the bounds, each open, inclusive or exclusive (%s)",
        async (direction) => {
          const scope = lab.scope();
          const rows = manyThings(scope, at.length, (index) => ({ at: at[index] as number }));
          await seed(lab.engine, things, rows);
          for (const range of ranges(bounds)) {
            const expected = sortedThings(rows, "byTime", direction).filter((row) =>
              inside(range, [row.at, row.scope, row.id]),
            );
            const found = await page({ path: "byTime", eq: { scope }, range, direction });
            expect(ids(found.rows), JSON.stringify(range)).toEqual(ids(expected));
          }
        },
      );

      test.each(directions)("bound a tuple of order columns (%s)", async (direction) => {
        const scope = lab.scope();
        const rows = manyThings(scope, 12, (index) => ({ at: Math.floor(index / 4), seq: index % 4 }));
        await seed(lab.engine, things, rows);
        const tuples = [
          undefined,
          [1],
          [1, 0],
          [1, 2],
          [1, 9],
          [2, -1],
          [1, 1, scope],
          [1, 1, scope, "005"],
          [1, 1, scope, "x"],
        ];
        for (const range of ranges(tuples)) {
          const expected = sortedThings(rows, "byKind", direction).filter((row) =>
            inside(range, [row.at, row.seq, row.scope, row.id]),
          );
          const found = await page({ path: "byKind", eq: { scope, kind: "a" }, range, direction });
          expect(ids(found.rows), JSON.stringify(range)).toEqual(ids(expected));
        }
      });

      test("bound text by code point", async () => {
        const scope = lab.scope();
        const rows = awkwardKeys.map((label, index) => orderedRow(scope, `k${index}`, { label }));
        await seed(lab.engine, ordered, rows);
        for (const bound of ["", "A", "a", "a ", "\ue000", "😀", "\uffff"]) {
          const range = { lower: { at: [bound], inclusive: false } };
          const found = await pageOf(lab.engine, find(ordered, { path: "byLabel", eq: { scope }, range }));
          const expected = sorted(rows, "byLabel", "asc").filter((row) => compareTuples([row.label], [bound]) > 0);
          expect(found.rows.map((row) => row.label)).toEqual(expected.map((row) => row.label));
        }
      });

      test("apply to merged walks", async () => {
        const scope = lab.scope();
        const rows = manyThings(scope, 20, (index) => ({ kind: index % 2 ? "a" : "b", at: Math.floor(index / 3) }));
        await seed(lab.engine, things, rows);
        const range = { lower: { at: [2], inclusive: true }, upper: { at: [5], inclusive: false } };
        const found = await page({ path: "byKind", eq: { scope, kind: ["b", "a"] }, range });
        const expected = sortedThings(rows, "byKind", "asc").filter((row) => row.at >= 2 && row.at < 5);
        expect(ids(found.rows)).toEqual(ids(expected));
      });
    });

    describe("pages", () => {
      test.each(directions)("limit and offset cut the walk (%s)", async (direction) => {
        const scope = lab.scope();
        const rows = manyThings(scope, 10, (index) => ({ at: index % 3 }));
        await seed(lab.engine, things, rows);
        const all = ids(sortedThings(rows, "byTime", direction));
        for (const offset of [0, 1, 9, 10, 11, 1_000]) {
          for (const limit of [1, 2, 9, 10, 11, undefined]) {
            const { rows: found, end } = await page({
              path: "byTime",
              eq: { scope },
              direction,
              offset,
              ...(limit && { limit }),
            });
            const last = offset + (limit ?? Number.POSITIVE_INFINITY);
            expect(ids(found), `${offset}+${limit}`).toEqual(all.slice(offset, last));
            expect(end, `${offset}+${limit}`).toBe(last < all.length ? "limit" : "exhausted");
          }
        }
      });

      test.each(directions)("of any size join to the whole walk (%s)", async (direction) => {
        const scope = lab.scope();
        const rows = manyThings(scope, 25, (index) => ({ at: Math.floor(index / 10), kind: index % 2 ? "a" : "b" }));
        await seed(lab.engine, things, rows);
        const all = ids(sortedThings(rows, "byKind", direction));
        for (const limit of [1, 2, 7, 24, 25, 26]) {
          const pages = await walkPages(
            lab.engine,
            find(things, { path: "byKind", eq: { scope, kind: ["a", "b"] }, direction, limit }),
          );
          expect(ids(pages.flat()), `limit ${limit}`).toEqual(all);
          expect(pages.slice(0, -1).every((rows) => rows.length === limit)).toBe(true);
          expect(pages).toHaveLength(Math.ceil(all.length / limit));
        }
      });

      test("a projection gives the asked columns, whatever path and filter need", async () => {
        const scope = lab.scope();
        await seed(
          lab.engine,
          things,
          manyThings(scope, 5, (index) => ({ at: index, note: `n${index}`, seq: index })),
        );
        const op = find(things, {
          path: "byTime",
          eq: { scope },
          columns: ["note"],
          filter: { op: "gte", column: "seq", value: 1 },
          limit: 2,
        });
        const pages = await walkPages(lab.engine, op as never);
        expect(pages.flat()).toEqual(["n1", "n2", "n3", "n4"].map((note) => ({ note, _rev: expect.any(Number) })));
      });

      fd("FD-044", "a long walk comes whole and in order", async () => {
        const scope = lab.scope();
        const rows = manyThings(scope, 1_500, (index) => ({ at: index % 7, seq: index }));
        await seed(lab.engine, things, rows);
        const found = await page({ path: "byTime", eq: { scope } });
        expect(ids(found.rows)).toEqual(ids(sortedThings(rows, "byTime", "asc")));
        const tail = await page({ path: "byTime", eq: { scope }, direction: "desc", limit: 3, offset: 1_400 });
        expect(ids(tail.rows)).toEqual(ids(sortedThings(rows, "byTime", "desc")).slice(1_400, 1_403));
      });
    });
  });
}

function orderOf(path: readonly string[], direction: Direction) {
  const sign = direction === "desc" ? -1 : 1;
  const place = (row: Readonly<Record<string, EngineValue>>) => path.map((column) => row[column] as EngineValue);
  return (a: Readonly<Record<string, EngineValue>>, b: Readonly<Record<string, EngineValue>>) =>
    compareTuples(place(a), place(b)) * sign;
}

function sorted(rows: readonly OrderedRow[], path: PathName<typeof ordered>, direction: Direction): OrderedRow[] {
  return [...rows].sort(orderOf(pathOf(ordered, path).order, direction));
}

export function sortedThings(
  rows: readonly Row<typeof things>[],
  path: PathName<typeof things>,
  direction: Direction,
): Row<typeof things>[] {
  return [...rows].sort(orderOf(pathOf(things, path).order, direction));
}

/** Every pair of bounds, each inclusive and exclusive. */
function ranges(bounds: readonly (readonly EngineValue[] | undefined)[]): Range[] {
  const ends = bounds.flatMap((at) =>
    at
      ? [
          { at, inclusive: true },
          { at, inclusive: false },
        ]
      : [undefined],
  );
  return ends.flatMap((lower) => ends.map((upper) => ({ ...(lower && { lower }), ...(upper && { upper }) })));
}

function inside({ lower, upper }: Range, place: readonly EngineValue[]): boolean {
  if (lower) {
    const order = compareTuples(place, lower.at);
    if (order < 0 || (order === 0 && !lower.inclusive)) return false;
  }
  if (upper) {
    const order = compareTuples(place, upper.at);
    if (order > 0 || (order === 0 && !upper.inclusive)) return false;
  }
  return true;
}
