import { defineTable, insert, integer, type Table, text, upsert } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { fd, fdIf } from "../field-defect.ts";
import { contentOf, fetch, ids, pageOf, seed, withoutRevision } from "./access.ts";
import type { Lab } from "./lab.ts";
import { manyThings } from "./rows.ts";
import { engineTables, things } from "./tables.ts";

const name = "stowage_test_growing";
const first = defineTable(
  name,
  { scope: text(), id: text(), rank: integer() },
  { key: ["scope", "id"], paths: { all: { eq: ["scope"] } } },
);
const grown = defineTable(
  name,
  { scope: text(), id: text(), rank: integer(), title: text().nullable(), size: integer().nullable() },
  {
    key: ["scope", "id"],
    unique: { byTitle: ["scope", "title"] },
    paths: {
      all: { eq: ["scope"] },
      byRank: { eq: ["scope"], sort: ["rank"] },
      bySize: { eq: ["scope"], sort: ["size"] },
    },
  },
);

const stem = "a_column_with_a_name_that_is_nearly_as_long_as_names_may_be";
const longName = "stowage_test_a_table_with_a_name_that_is_long_enough_to_be";
const declareLong = (name: string) =>
  defineTable(
    name,
    { id: text(), [`${stem}_one`]: text(), [`${stem}_two`]: text(), rank: integer() },
    {
      key: ["id"],
      paths: {
        first: { eq: [`${stem}_one`], sort: ["rank"] },
        second: { eq: [`${stem}_two`], sort: ["rank"] },
        third: { eq: [`${stem}_one`] },
      },
    },
  );
/** PostgreSQL takes 63 characters; the names of their indexes agree in more. */
const long = declareLong(`${longName}_a`);
const alike = declareLong(`${longName}_b`);

/** Making the schema: repeatable, safe side by side, and additive. */
export function convergeSection(lab: Lab): void {
  describe("converge", () => {
    fd("FD-084", "applies nothing the second time and leaves rows alone", async () => {
      const engine = await lab.open();
      await engine.converge(engineTables);
      await seed(engine, things, manyThings("s", 5));
      const before = await contentOf(engine, "s");
      expect((await engine.converge(engineTables)).statements).toEqual([]);
      expect(await contentOf(engine, "s")).toEqual(before);
    });

    fd("FD-091", "may run many times at once", async () => {
      const engine = await lab.open();
      await Promise.all(Array.from({ length: 8 }, () => engine.converge(engineTables)));
      await seed(engine, things, manyThings("s", 2));
      expect(await contentOf(engine, "s")).toHaveLength(2);
      expect((await engine.converge(engineTables)).statements).toEqual([]);
    });

    fdIf(lab.canReopen)("FD-077", "may run in several engines at once on an empty database", async () => {
      const engine = await lab.open();
      const engines = [engine, ...(await Promise.all(Array.from({ length: 4 }, () => lab.reopen(engine))))];
      await Promise.all(engines.map((each) => each.converge(engineTables)));
      for (const [index, each] of engines.entries()) await seed(each, things, manyThings(`s${index}`, 1));
      for (const index of engines.keys()) expect(await contentOf(engine, `s${index}`)).toHaveLength(1);
      expect((await engine.converge(engineTables)).statements).toEqual([]);
    });

    fd("FD-094", "in a dry run says what it would apply and applies nothing", async () => {
      const engine = await lab.open();
      const { statements: planned } = await engine.converge([first], { dryRun: true });
      expect((await engine.converge([first], { dryRun: true })).statements).toEqual(planned);
      expect((await engine.converge([first])).statements).toEqual(planned);
      expect((await engine.converge([first], { dryRun: true })).statements).toEqual([]);
    });

    fd("FD-095", "takes tables one after the other", async () => {
      const engine = await lab.open();
      await engine.converge([first]);
      await seed(engine, first, [{ scope: "s", id: "a", rank: 1 }]);
      await engine.converge(engineTables);
      await seed(engine, things, manyThings("s", 1));
      expect(await fetch(engine, first, ["s", "a"])).toMatchObject({ rank: 1 });
      expect((await engine.converge([first, ...engineTables])).statements).toEqual([]);
    });

    fd("FD-017", "adds columns, paths and unique keys to a table with rows, and loses none", async () => {
      const engine = await lab.open();
      await engine.converge([first]);
      await seed(
        engine,
        first,
        [3, 1, 2].map((rank) => ({ scope: "s", id: `r${rank}`, rank })),
      );
      await engine.converge([grown]);

      const old = await pageOf(engine, { op: "find", table: grown, path: "byRank", eq: { scope: "s" } });
      expect(old.rows.map(withoutRevision)).toEqual(
        [1, 2, 3].map((rank) => ({ scope: "s", id: `r${rank}`, rank, title: null, size: null })),
      );
      await engine.write([
        { op: "patch", table: grown, key: ["s", "r3"], set: { size: 5, title: "taken" } },
        upsert(grown, { scope: "s", id: "new", rank: 0, title: "other", size: 4 }),
      ]);
      const sized = await pageOf(engine, { op: "find", table: grown, path: "bySize", eq: { scope: "s" } });
      expect(ids(sized.rows)).toEqual(["new", "r3"]);
      const double = engine.write([upsert(grown, { scope: "s", id: "r9", rank: 9, title: "taken", size: null })]);
      await expect(double).rejects.toMatchObject({ refusal: { reason: "unique", unique: "byTitle" } });
      expect((await engine.converge([grown])).statements).toEqual([]);
    });

    fd("FD-083", "leaves a table that has grown usable for those who know the older one", async () => {
      const engine = await lab.open();
      await engine.converge([grown]);
      await engine.write([upsert(grown, { scope: "s", id: "a", rank: 1, title: "t", size: 1 })]);
      const older = lab.canReopen ? await lab.reopen(engine) : engine;
      await older.converge([first]);
      await older.write([
        { op: "patch", table: first, key: ["s", "a"], set: { rank: 7 } },
        upsert(first, { scope: "s", id: "b", rank: 2 }),
      ]);
      const found = await pageOf(older, { op: "find", table: first, path: "all", eq: { scope: "s" } });
      expect(found.rows.map(withoutRevision)).toEqual([
        { scope: "s", id: "a", rank: 7 },
        { scope: "s", id: "b", rank: 2 },
      ]);
      const newer = lab.canReopen ? await lab.reopen(engine) : engine;
      await newer.converge([grown]);
      expect(await fetch(newer, grown, ["s", "a"])).toMatchObject({ rank: 7, title: "t", size: 1 });
      expect(await fetch(newer, grown, ["s", "b"])).toMatchObject({ rank: 2, title: null, size: null });
    });

    fd("FD-085", "long names that begin alike name different things", async () => {
      const engine = await lab.open();
      await engine.converge([long, alike]);
      const rows = ["x", "y", "z"].map((id, index) => ({
        id,
        [`${stem}_one`]: "s",
        [`${stem}_two`]: "s",
        rank: -index,
      }));
      for (const table of [long, alike]) await seed(engine, table, rows);
      for (const table of [long, alike]) {
        const walk = async (path: "first" | "second" | "third") => {
          const eq = { [path === "second" ? `${stem}_two` : `${stem}_one`]: "s" };
          return ids((await pageOf(engine, { op: "find", table: table as Table, path, eq })).rows);
        };
        expect(await walk("first")).toEqual(["z", "y", "x"]);
        expect(await walk("second")).toEqual(["z", "y", "x"]);
        expect(await walk("third")).toEqual(["x", "y", "z"]);
      }
      await engine.removeRange({ table: alike as Table, limit: 10 });
      expect(await fetch(engine, long, ["x"])).toBeDefined();
      expect((await engine.converge([long, alike])).statements).toEqual([]);
    });

    fd("FD-104", "tables are there after a batch, and after one that was refused", async () => {
      const engine = await lab.open();
      await engine.converge(engineTables);
      const [row] = manyThings("s", 1);
      const ops = [insert(things, row as never)];
      await engine.write(ops);
      await expect(engine.write(ops)).rejects.toMatchObject({ code: "conflict" });
      expect(ids(await contentOf(engine, "s"))).toEqual(["000"]);
    });

    test.runIf(lab.canOpenBeside)("tables of another prefix are other tables", async () => {
      const engine = await lab.open();
      const beside = await lab.openBeside(engine);
      await engine.converge(engineTables);
      await seed(engine, things, manyThings("s", 3));
      const report = await beside.converge(engineTables);
      expect(report.unknown).toEqual([]);
      expect(await contentOf(beside, "s")).toEqual([]);
      await seed(beside, things, manyThings("s", 1));
      await beside.removeRange({ table: things, limit: 100 });
      expect(await contentOf(engine, "s")).toHaveLength(3);
      expect((await engine.converge(engineTables)).statements).toEqual([]);
    });
  });
}
