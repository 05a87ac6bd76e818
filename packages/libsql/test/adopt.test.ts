import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bigint, boolean, defineTable, find, float, get, integer, json, text, timestamp } from "@stowage/core/engine";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { libsqlEngine } from "../src/engine.ts";
import { LibSQLStore } from "../src/index.ts";
import { HranaFront } from "./hrana-front.ts";

// A loaded machine is slow, not wrong.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-adopt-"));
  file = join(folder, "data.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs statements on the file and gives the rows of the last one. */
function sql(...statements: string[]): unknown[] {
  const database = new Database(file);
  try {
    for (const statement of statements.slice(0, -1)) database.exec(statement);
    const last = database.prepare(statements.at(-1) as string);
    return last.reader ? last.all() : [last.run()];
  } finally {
    database.close();
  }
}

const things = defineTable(
  "things",
  {
    id: text(),
    name: text(),
    note: text().nullable(),
    data: json().nullable(),
    required: json(),
    at: timestamp(),
    until: timestamp().nullable(),
    isNew: boolean(),
    size: integer(),
    ratio: float().nullable(),
    big: bigint().nullable(),
    seq: integer(),
    kind: text(),
  },
  {
    key: ["id"],
    paths: { byName: { eq: ["name"], sort: ["at", "seq"] } },
    adopt: (row, place) => ({ seq: place, kind: `kind of ${row.name}` }),
  },
);

const foreign = `CREATE TABLE "things" ("id" TEXT, "name" TEXT, "note", "data" TEXT, "required" TEXT, "at" TEXT, "until" TEXT,
  "isnew" INTEGER, "size" TEXT, "ratio" REAL, "big", "legacy" BLOB, "other" TEXT)`;

const kinds = ["a file", "a server"] as const;

describe.each(kinds)("taking over a table of another library, in %s", (kind) => {
  let stop: (() => Promise<void>) | undefined;
  const open = async () => {
    if (kind === "a file") return libsqlEngine({ url: `file:${file}` });
    const front = await HranaFront.start(file);
    stop = () => front.stop();
    return libsqlEngine({ url: front.url });
  };
  afterEach(async () => {
    await stop?.();
    stop = undefined;
  });

  test("is refused unless asked for, and says what to do", async () => {
    sql(foreign, `INSERT INTO things (id, name) VALUES ('a', 'x')`);
    const engine = await open();
    await expect(engine.converge([things])).rejects.toMatchObject({
      code: "schema",
      details: { table: "things" },
      message: expect.stringContaining("adopt: true"),
    });
    await engine.close();
    expect(sql("SELECT count(*) AS n FROM things")).toEqual([{ n: 1 }]);
  });

  test("converts every value, fills what is missing and keeps what it does not know", async () => {
    sql(
      foreign,
      `INSERT INTO things VALUES ('a', 'x', 'plain' || char(0) || 'text', jsonb('{"k":[1,2.50]}'), 'no json', '2026-01-02T03:04:05.678Z',
        '2026-01-02 03:04:05', 1, '12', 0.1, '12345678901234567890', x'00ff', 'kept')`,
      `INSERT INTO things VALUES ('b', 'x', 5, '"text"', '{"a":1}', '1767323045678', '2026-01-02T05:04:05.678+02:00', 0, 3, NULL, 7,
        NULL, NULL)`,
      `INSERT INTO things VALUES ('c', NULL, NULL, NULL, NULL, 1767323045678, '2026-01-02', NULL, NULL, NULL, NULL, NULL, NULL)`,
    );
    const engine = await open();
    const report = await engine.converge([things], { adopt: true });
    expect(report.unknown).toEqual(["things.legacy", "things.other"]);
    const [{ rows }, page] = await engine.read([
      get(things, [["a"], ["b"], ["c"]]),
      find(things, { path: "byName", eq: { name: "x" } }),
    ]);
    const day = Date.UTC(2026, 0, 2);
    const instant = day + 3 * 3_600_000 + 4 * 60_000 + 5678;
    expect(rows.map((row) => ({ ...row, _rev: 0 }))).toEqual([
      {
        id: "a",
        name: "x",
        note: "plain\0text",
        data: '{"k":[1,2.50]}',
        required: '"no json"',
        at: instant,
        until: instant - 678,
        isNew: true,
        size: 12,
        ratio: 0.1,
        big: 12345678901234567890n,
        seq: 1,
        kind: "kind of x",
        _rev: 0,
      },
      {
        id: "b",
        name: "x",
        note: "5",
        data: '"text"',
        required: '{"a":1}',
        at: instant,
        until: instant,
        isNew: false,
        size: 3,
        ratio: null,
        big: 7n,
        seq: 2,
        kind: "kind of x",
        _rev: 0,
      },
      {
        id: "c",
        name: "",
        note: null,
        data: null,
        required: "null",
        at: instant,
        until: day,
        isNew: false,
        size: 0,
        ratio: null,
        big: null,
        seq: 3,
        kind: "kind of null",
        _rev: 0,
      },
    ]);
    expect(page.rows.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(await engine.converge([things])).toEqual({ statements: [], unknown: ["things.legacy", "things.other"] });
    await engine.close();
    expect(sql("SELECT hex(legacy) AS legacy, other FROM things ORDER BY id")).toEqual([
      { legacy: "00FF", other: "kept" },
      { legacy: "", other: null },
      { legacy: "", other: null },
    ]);
  });

  test("leaves everything as it was when a value cannot be converted", async () => {
    sql(foreign, `INSERT INTO things (id, name, at) VALUES ('a', 'x', '2026-01-02'), ('b', 'x', 'yesterday')`);
    const engine = await open();
    await expect(engine.converge([things], { adopt: true })).rejects.toMatchObject({
      code: "schema",
      details: { table: "things", column: "at", key: "b", value: "yesterday" },
    });
    await engine.close();
    expect(sql("SELECT id, at FROM things")).toEqual([
      { id: "a", at: "2026-01-02" },
      { id: "b", at: "yesterday" },
    ]);
  });

  test("FD-086: loses no row that is there twice: it refuses", async () => {
    sql(foreign, `INSERT INTO things (id, name, at) VALUES ('a', 'x', '2026-01-02'), ('a', 'y', '2026-01-03')`);
    const engine = await open();
    await expect(engine.converge([things], { adopt: true })).rejects.toMatchObject({
      code: "schema",
      details: { columns: "id" },
    });
    await engine.close();
    expect(sql("SELECT count(*) AS n FROM things")).toEqual([{ n: 2 }]);
  });

  test("makes a table without rows anew, without being asked", async () => {
    sql(foreign, "SELECT 1");
    const engine = await open();
    expect((await engine.converge([things])).unknown).toEqual([]);
    await engine.close();
    expect(sql("SELECT count(*) AS n FROM pragma_table_info('things') WHERE name = 'legacy'")).toEqual([{ n: 0 }]);
  });

  test("takes many rows", async () => {
    sql(
      foreign,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
       INSERT INTO things (id, name, at) SELECT 'id' || i, 'x', '2026-01-02' FROM n`,
    );
    const engine = await open();
    await engine.converge([things], { adopt: true });
    const [{ count }, last] = await engine.read([
      { op: "count", table: things, path: "byName", eq: { name: "x" } },
      get(things, [["id1234"]]),
    ]);
    expect([count, last.rows[0]?.seq]).toEqual([1234, 1234]);
    await engine.close();
  });
});

describe.each(["1.7.4", "1.23.1"])("a database filled by @mastra/libsql %s", (version) => {
  const fixture = readFileSync(join(import.meta.dirname, "fixtures", `mastra-libsql-${version}.sql`), "utf8");

  test("is refused, then taken over, and its conversations are there", async () => {
    sql(fixture, "SELECT 1");
    const refusing = new LibSQLStore({ id: "a", url: `file:${file}` });
    await expect(refusing.init()).rejects.toMatchObject({ code: "schema" });
    await refusing.close();

    const store = new LibSQLStore({ id: "a", url: `file:${file}`, adopt: true });
    const memory = await store.getStore("memory");
    expect(await memory?.getThreadById({ threadId: "t1" })).toMatchObject({
      title: "Hello",
      metadata: { a: 1, tag: "x" },
      createdAt: new Date("2026-01-02T03:04:05.678Z"),
    });
    const { messages = [] } = (await memory?.listMessages({ threadId: "t1" })) ?? {};
    expect(messages.map(({ id }) => id)).toEqual(["m1", "m2"]);
    expect(JSON.stringify(messages[1])).toContain("a\\u0000b");
    const resource = await memory?.getResourceById({ resourceId: "r1" });
    expect(resource).toMatchObject({ workingMemory: "# wm", metadata: { k: [1] } });
    await store.close();

    const again = new LibSQLStore({ id: "a", url: `file:${file}` });
    await again.init();
    await again.close();
  });
});
