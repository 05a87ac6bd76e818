import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { defineTable, find, integer, text, upsert } from "@stowage/core/engine";
import { type MySQLOptions, MySQLStore, mysqlEngine } from "@stowage/mysql";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase, onMariadb, urlOf } from "./server.ts";

const run = promisify(execFile);
const items = defineTable(
  "items",
  { id: text(), owner: text(), rank: integer(), title: text().nullable(), note: text().nullable() },
  {
    key: ["id"],
    unique: { byNote: ["owner", "id"] },
    paths: {
      byOwner: { eq: ["owner"], sort: ["rank"] },
      byTitle: { eq: ["owner"], sort: ["title"] },
      late: { eq: ["title"], sort: ["rank"], onDemand: true },
    },
  },
);

onMariadb((server) => {
  let pool: mysql.Pool;
  beforeAll(() => {
    pool = mysql.createPool({ uri: server().connectionString, multipleStatements: true });
  });
  afterAll(() => pool.end());

  const rowsOf = async (sql: string, values: unknown[] = []) =>
    (await pool.query<mysql.RowDataPacket[]>(sql, values))[0];
  const place = async (more: Partial<MySQLOptions> = {}) =>
    ({ pool, database: await freshDatabase(server()), ...more }) as MySQLOptions & { database: string };
  const indexesOf = async (database: string) => {
    const rows = await rowsOf(
      "SELECT INDEX_NAME AS name, GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) AS columns FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'items' GROUP BY INDEX_NAME",
      [database],
    );
    return Object.fromEntries(rows.map(({ name, columns }) => [name, columns]));
  };

  test("FD-077 twenty processes start at once on an empty database", { timeout: 300_000 }, async () => {
    const database = await freshDatabase(server());
    const program = join(import.meta.dirname, "programs/start.ts");
    const started = Array.from({ length: 20 }, () =>
      run(process.execPath, [...process.execArgv, program, urlOf(server(), database)]),
    );
    await Promise.all(started);
    const threads = await rowsOf(`SELECT count(*) AS n FROM ${database}.mastra_threads`);
    expect(threads).toEqual([{ n: 20 }]);
  });

  test("a schema that is as it should be takes at most three round trips", async () => {
    const { database } = await place();
    const indexes = [{ name: "mine", table: "mastra_threads", columns: ["title"] }];
    const first = new MySQLStore({ pool, database, indexes });
    await first.init();
    const own = mysql.createPool({ uri: server().connectionString, connectionLimit: 1, multipleStatements: true });
    let sent = 0;
    own.pool.on("connection", (connection) => {
      const { query } = connection;
      connection.query = ((...args: never[]) => {
        sent++;
        return (query as (...args: never[]) => never).apply(connection, args);
      }) as never;
    });
    await new MySQLStore({ pool: own, database, indexes }).init();
    expect(sent).toBeLessThanOrEqual(3);
    expect(sent).toBeGreaterThan(0);
    await own.end();
  });

  test("FD-087 an index that is missing, and one of another definition, are built anew", async () => {
    const options = await place();
    const engine = mysqlEngine(options);
    await engine.converge([items]);
    const before = await indexesOf(options.database);
    const table = `${options.database}.items`;
    await pool.query(`DROP INDEX items_owner_rank_idx ON ${table}`);
    await pool.query(`DROP INDEX items_owner_title_idx ON ${table}`);
    await pool.query(`CREATE INDEX items_owner_title_idx ON ${table} (title)`);
    const { statements } = await engine.converge([items]);
    expect(statements.filter((sql) => sql.startsWith("CREATE INDEX"))).toHaveLength(2);
    expect((await engine.converge([items])).statements).toEqual([]);
    expect(await indexesOf(options.database)).toEqual(before);
  });

  test("an index that is built at its first use is built once, however many calls need it at once", async () => {
    const options = await place();
    const engines = [mysqlEngine(options), mysqlEngine(options)];
    await engines[0]?.converge([items]);
    const walk = find(items, { path: "late", eq: { title: "t" }, limit: 1 });
    await Promise.all(Array.from({ length: 12 }, (_, n) => engines[n % 2]?.read([walk])));
    expect(Object.keys(await indexesOf(options.database))).toContain("items_title_rank_idx");
  });

  test("custom indexes are built with all their options", async () => {
    const indexes = [
      { name: "plain", table: "items", columns: ["owner", "rank DESC"] },
      { name: "long", table: "items", columns: ["note"] },
      { name: "short", table: "items", columns: ["note(20)"] },
      { name: "words", table: "items", columns: ["note"], kind: "fulltext" as const },
      { name: "other", table: "items", columns: ["rank"], unique: true },
      { name: "unowned", table: "nothing", columns: ["x"] },
    ];
    const options = await place({ indexes });
    const engine = mysqlEngine(options);
    expect((await engine.converge([items], { dryRun: true })).statements.at(-1)).toContain("UNIQUE INDEX `other`");
    await engine.converge([items]);
    const rows = await rowsOf(
      "SELECT INDEX_NAME AS name, SUB_PART AS part, INDEX_TYPE AS type, NON_UNIQUE AS twice FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? ORDER BY SEQ_IN_INDEX",
      [options.database],
    );
    const found = Object.fromEntries(rows.map(({ name, ...rest }) => [name, rest]));
    expect(found.plain).toMatchObject({ part: null, type: "BTREE" });
    expect(found.long).toMatchObject({ part: 191 });
    expect(found.short).toMatchObject({ part: 20 });
    expect(found.words).toMatchObject({ type: "FULLTEXT" });
    expect(found.other).toMatchObject({ twice: 0 });
    expect(found).not.toHaveProperty("unowned");
    expect((await engine.converge([items])).statements).toEqual([]);
  });

  test("a custom index that cannot be built is told and does not keep the store from starting", async () => {
    const warnings: string[] = [];
    const indexes = [{ name: "broken", table: "items", columns: ["missing"] }];
    const engine = mysqlEngine(await place({ indexes }), {
      logger: { warn: (message) => void warnings.push(message) },
    });
    await engine.converge([items]);
    expect(warnings).toEqual(["stowage: the index broken could not be built"]);
    await engine.write([upsert(items, { id: "a", owner: "o", rank: 1, title: null, note: null })]);
  });

  test("skipDefaultIndexes leaves out what only makes walks faster; answers stay", async () => {
    const options = await place({ skipDefaultIndexes: true });
    const engine = mysqlEngine(options);
    await engine.converge([items]);
    expect(Object.keys(await indexesOf(options.database)).sort()).toEqual(["PRIMARY", "items_owner_id_key"]);
    await engine.write(
      [3, 1, 2].map((rank) => upsert(items, { id: `i${rank}`, owner: "o", rank, title: null, note: null })),
    );
    const [page] = await engine.read([find(items, { path: "byOwner", eq: { owner: "o" } })]);
    expect(page.rows.map(({ rank }) => rank)).toEqual([1, 2, 3]);
  });

  test("FD-085 names that are too long are cut to different names", async () => {
    const prefix = `${"p".repeat(60)}_`;
    const engine = mysqlEngine(await place({ prefix }));
    await engine.converge([items]);
    await engine.write([upsert(items, { id: "a", owner: "o", rank: 1, title: "t", note: null })]);
    expect((await engine.converge([items])).statements).toEqual([]);
  });

  test("FD-096 a user who may not create anything works on a schema that is as it should be", async () => {
    const { database } = await place();
    await mysqlEngine({ pool, database }).converge([items]);
    await pool.query(
      `CREATE USER u${database}@'%'; GRANT SELECT, INSERT, UPDATE, DELETE ON ${database}.* TO u${database}@'%'`,
    );
    const connectionString = urlOf(server(), database).replace("stowage@", `u${database}@`);
    const engine = mysqlEngine({ connectionString });
    expect((await engine.converge([items])).statements).toEqual([]);
    await engine.write([upsert(items, { id: "a", owner: "o", rank: 1, title: "t", note: null })]);
    const more = mysqlEngine({ connectionString, prefix: "more_" });
    await expect(more.converge([items])).rejects.toMatchObject({ code: "permission" });
    await engine.close();
    await more.close();
  });

  test("without init a missing table is one clear error", async () => {
    const storage = new MySQLStore({ ...(await place()), disableInit: true });
    const memory = await storage.getStore("memory");
    await expect(memory?.getThreadById({ threadId: "t" })).rejects.toMatchObject({
      code: "not_initialised",
      message: expect.stringContaining("call init()"),
    });
  });

  test("a table that somebody else filled is refused, and an empty one replaced", async () => {
    const options = await place();
    await pool.query(`CREATE TABLE ${options.database}.items (id text)`);
    const engine = mysqlEngine(options);
    await pool.query(`INSERT INTO ${options.database}.items VALUES ('theirs')`);
    await expect(engine.converge([items])).rejects.toMatchObject({ code: "schema" });
    await pool.query(`DELETE FROM ${options.database}.items`);
    await engine.converge([items]);
    await engine.write([upsert(items, { id: "a", owner: "o", rank: 1, title: "t", note: null })]);
  });

  test("rows that break a key which a table is to have are told of", async () => {
    const options = await place();
    const engine = mysqlEngine(options);
    await engine.converge([items]);
    await pool.query(`DROP INDEX items_owner_id_key ON ${options.database}.items`);
    await pool.query(`ALTER TABLE ${options.database}.items DROP PRIMARY KEY`);
    const row = "('a', 'o', 1, 1)";
    await pool.query(`INSERT INTO ${options.database}.items (id, owner, \`rank\`, _rev) VALUES ${row}, ${row}`);
    await expect(engine.converge([items])).rejects.toMatchObject({ code: "schema" });
  });
});
