import { find, get } from "@stowage/core/engine";
import { MySQLStore, mysqlEngine } from "@stowage/mysql";
import { goesOnWithThread, foreignThings as things } from "@stowage/testkit";
import mysql from "mysql2/promise";
import { describe, expect, test } from "vitest";
import { freshDatabase, onMariadb, urlOf } from "./server.ts";

const instant = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const definition = `(id VARCHAR(255), name VARCHAR(255), note LONGTEXT, data JSON, plain TEXT, createdAt DATETIME(3),
  at DATETIME(3), until TIMESTAMP(3) NULL, isNew TINYINT(1), size INT, ratio DOUBLE, big BIGINT UNSIGNED, legacy VARBINARY(20),
  labels ENUM('p', 'q') NOT NULL DEFAULT 'p')`;

onMariadb((server) => {
  /** A database with a table that another library made, and a connection to it. */
  async function foreign(...rows: string[]) {
    const database = await freshDatabase(server());
    const url = urlOf(server(), database);
    const connection = await mysql.createConnection({ uri: url, multipleStatements: true, rowsAsArray: true });
    await connection.query(`SET time_zone = '+05:00'; CREATE TABLE things ${definition}`);
    for (const row of rows) await connection.query(`INSERT INTO things ${row}`);
    const ask = async (sql: string) => (await connection.query(sql))[0] as unknown[][];
    return { url, ask, engine: () => mysqlEngine({ connectionString: url }), end: () => connection.end() };
  }

  describe("taking over a table of another library", () => {
    test("is refused unless asked for, and says what to do", async () => {
      const { engine, ask, end } = await foreign("(id, name) VALUES ('a', 'x')");
      await expect(engine().converge([things])).rejects.toMatchObject({
        ...{ code: "schema", details: { table: "things" }, message: expect.stringContaining("adopt: true") },
      });
      expect(await ask("SELECT id FROM things")).toEqual([["a"]]);
      await end();
    });

    test("converts every value, fills what is missing and keeps what it does not know", async () => {
      const { engine, ask, end } = await foreign(
        `VALUES ('a', 'x', '"quoted" {text}', '{"k": [1, 2.50]}', 'no json', '2026-01-01', '2026-01-02 03:04:05.678',
          '2026-01-02 08:04:05', 1, 12, 0.1, 12345678901234567890, x'00ff', 'q')`,
        `VALUES ('b', 'x', NULL, '"text"', '{"a":1}', '2026-01-02', '2026-01-02 03:04:05.678', NULL, 0, 3, NULL, 7, NULL, 'p')`,
        "(id, createdAt) VALUES ('c', '2026-01-03')",
      );
      const store = engine();
      expect((await store.converge([things], { adopt: true, dryRun: true })).statements.join()).toContain("converted");
      const report = await store.converge([things], { adopt: true });
      expect(report.unknown).toEqual(["things.createdAt", "things.legacy", "things.labels"]);
      const [{ rows }, page] = await store.read([
        get(things, [["a"], ["b"], ["c"]]),
        find(things, { path: "byName", eq: { name: "x" } }),
      ]);
      const nothing = { note: null, data: null, plain: null, until: null, ratio: null, big: null, isNew: false };
      expect(rows.map((row) => ({ ...row, _rev: 0 }))).toEqual([
        {
          ...{ id: "a", name: "x", note: '"quoted" {text}', data: '{"k": [1, 2.50]}', plain: '"no json"', at: instant },
          ...{ until: instant - 678, isNew: true, size: 12, ratio: 0.1, big: 12345678901234567890n, seq: 1 },
          ...{ kind: "kind of x", _rev: 0 },
        },
        {
          ...{
            ...nothing,
            id: "b",
            name: "x",
            data: '"text"',
            plain: '{"a":1}',
            at: instant,
            size: 3,
            big: 7n,
            seq: 2,
          },
          ...{ kind: "kind of x", _rev: 0 },
        },
        { ...nothing, id: "c", name: "", at: 0, size: 0, seq: 3, kind: "kind of null", _rev: 0 },
      ]);
      expect(page.rows.map(({ id }) => id)).toEqual(["a", "b"]);
      expect(await store.converge([things])).toEqual({ statements: [], unknown: report.unknown });
      expect(await ask("SELECT hex(legacy), labels FROM things WHERE id = 'a'")).toEqual([["00FF", "q"]]);
      expect(await ask("SHOW TABLES LIKE 'things%'")).toEqual([["things"]]);
      await store.close();
      await end();
    });

    test("takes many rows, by several processes at once", async () => {
      const numbers = "SELECT concat('i', seq), 'x', seq FROM seq_1_to_1234";
      const { engine, ask, end } = await foreign(`(id, name, size) ${numbers}`);
      const engines = [engine(), engine(), engine()];
      await Promise.all(engines.map((each) => each.converge([things], { adopt: true })));
      await Promise.all(engines.map((each) => each.close()));
      expect(await ask("SELECT count(*), count(DISTINCT seq), max(seq) FROM things")).toEqual([[1234, 1234, 1234]]);
      await end();
    });

    test.each([
      ["a key that is there twice", "(id, name, size) VALUES ('a', 'x', 1), ('a', 'y', 2)"],
      ["a value that is there twice and has to be unique", "(id, name, size) VALUES ('a', 'x', 1), ('b', 'y', 1)"],
      ["a value that is none", "(id, note, size, at) VALUES ('a', 'x', 1, NULL), ('b', 'y', 1, '0000-00-00')"],
    ])("%s leaves everything as it was", async (_, rows) => {
      const { engine, ask, end } = await foreign();
      await ask("SET sql_mode = ''");
      await ask(`INSERT INTO things ${rows}`);
      const store = engine();
      await expect(store.converge([things], { adopt: true })).rejects.toMatchObject({ name: "StorageError" });
      expect(await ask("SHOW TABLES LIKE 'things%'")).toEqual([["things"]]);
      expect(await ask("SELECT count(*) FROM things")).toEqual([[2]]);
      expect(await ask("SHOW COLUMNS FROM things LIKE '_rev'")).toEqual([]);
      await store.close();
      await end();
    });

    test.each([
      ["before the copy was made", ["RENAME TABLE things TO things__adopted"]],
      [
        "in the middle of it",
        [
          "RENAME TABLE things TO things__adopted",
          "CREATE TABLE things__placed AS SELECT 1 AS stowage_place, o.* FROM things__adopted AS o",
          "CREATE TABLE things (id INT, _rev BIGINT)",
          "INSERT INTO things VALUES (1, 1)",
        ],
      ],
    ])("goes on when it was broken off %s", async (_, done) => {
      const { engine, ask, end } = await foreign("(id, name, size) VALUES ('a', 'x', 1), ('b', 'y', 2)");
      for (const sql of done) await ask(sql);
      const store = engine();
      await expect(store.converge([things])).rejects.toMatchObject({ code: "schema", details: { table: "things" } });
      await store.converge([things], { adopt: true });
      expect(await ask("SELECT CAST(id AS CHAR), size FROM things ORDER BY id")).toEqual([
        ["a", 1],
        ["b", 2],
      ]);
      expect(await ask("SHOW TABLES LIKE 'things%'")).toEqual([["things"]]);
      await store.close();
      await end();
    });

    test("is refused where another program has made the table anew since it was broken off", async () => {
      const { engine, ask, end } = await foreign("(id, name, size) VALUES ('a', 'x', 1)");
      await ask("RENAME TABLE things TO things__adopted");
      await ask("CREATE TABLE things__placed AS SELECT 1 AS stowage_place, o.* FROM things__adopted AS o");
      await ask("CREATE TABLE things (id VARCHAR(255))");
      await ask("INSERT INTO things VALUES ('later')");
      const store = engine();
      await expect(store.converge([things], { adopt: true })).rejects.toMatchObject({
        code: "schema",
        message: expect.stringContaining("things__adopted"),
      });
      expect(await ask("SELECT id FROM things")).toEqual([["later"]]);
      await store.close();
      await end();
    });

    test("what is left of one that was broken off at its end is removed", async () => {
      const { engine, ask, end } = await foreign("(id, name, size) VALUES ('a', 'x', 1)");
      const store = engine();
      await store.converge([things], { adopt: true });
      await ask("CREATE TABLE things__placed (stowage_place INT)");
      await ask("CREATE TABLE things__adopted (id INT)");
      await store.converge([things]);
      expect(await ask("SHOW TABLES LIKE 'things%'")).toEqual([["things"]]);
      expect(await ask("SELECT CAST(id AS CHAR) FROM things")).toEqual([["a"]]);
      await store.close();
      await end();
    });
  });

  test("a store takes over what Mastra left, and goes on with it", async () => {
    const database = await freshDatabase(server());
    const connectionString = urlOf(server(), database);
    const connection = await mysql.createConnection({ uri: connectionString, multipleStatements: true });
    await connection.query(`
      CREATE TABLE mastra_threads (id VARCHAR(191) PRIMARY KEY, resourceId VARCHAR(191) NOT NULL, title TEXT NOT NULL,
        metadata JSON, createdAt DATETIME(3) NOT NULL, updatedAt DATETIME(3) NOT NULL);
      INSERT INTO mastra_threads VALUES ('t', 'r', 'A thread', '{"a":1}', '2026-01-02 03:04:05.678', '2026-01-02 03:04:05.678');
      CREATE TABLE mastra_messages (id VARCHAR(191) PRIMARY KEY, thread_id VARCHAR(191) NOT NULL, content LONGTEXT NOT NULL,
        role VARCHAR(20) NOT NULL, type VARCHAR(20) NOT NULL, createdAt DATETIME(3) NOT NULL, resourceId VARCHAR(191));
      INSERT INTO mastra_messages SELECT concat('m', seq), 't',
        concat('{"format":2,"parts":[{"type":"text","text":"number ', seq, '"}]}'), 'user', 'v2',
        '2026-01-02' + INTERVAL seq SECOND, 'r' FROM seq_1_to_3`);
    await connection.end();
    const storage = new MySQLStore({ id: "s", connectionString, adopt: true });
    await goesOnWithThread(await storage.getStore("memory"), new Date(instant));
    await storage.close();
  });
});
