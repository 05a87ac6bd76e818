import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { defineTable, integer, text, upsert } from "@stowage/core/engine";
import { PostgresStore, postgresEngine } from "@stowage/pg";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const run = promisify(execFile);
const items = defineTable(
  "items",
  { id: text(), owner: text(), rank: integer(), title: text().nullable() },
  { key: ["id"], paths: { byOwner: { eq: ["owner"], sort: ["rank"] }, byTitle: { eq: ["owner"], sort: ["title"] } } },
);

onPostgres("18", (server) => {
  let pool: pg.Pool;
  beforeAll(() => {
    pool = new pg.Pool({ connectionString: server().connectionString });
  });
  afterAll(() => pool.end());

  /** A pool that counts what it sends: each `query` of a client is one round trip. */
  const counting = () => {
    let sent = 0;
    const counted = {
      async connect() {
        const client = await pool.connect();
        return new Proxy(client, {
          get(target, key) {
            if (key === "query") sent++;
            const value = Reflect.get(target, key);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      },
    };
    return { pool: counted as never, sent: () => sent };
  };

  test("FD-077 twenty processes start at once on an empty database", { timeout: 120_000 }, async () => {
    const schemaName = freshSchema();
    const program = join(import.meta.dirname, "programs/start.ts");
    const { connectionString } = server();
    const started = Array.from({ length: 20 }, () =>
      run(process.execPath, [...process.execArgv, program, connectionString, schemaName]),
    );
    await Promise.all(started);
    const { rows } = await pool.query(
      "SELECT count(*)::int AS n FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND NOT x.indisvalid",
      [schemaName],
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  test("a schema that is as it should be takes at most three round trips", async () => {
    const schemaName = freshSchema();
    const options = { id: "s", schemaName, indexes: [{ name: "mine", table: "mastra_threads", columns: ["title"] }] };
    const first = new PostgresStore({ ...options, pool });
    await first.init();
    const counter = counting();
    const second = new PostgresStore({ ...options, pool: counter.pool });
    await second.init();
    expect(counter.sent()).toBeLessThanOrEqual(3);
    expect(counter.sent()).toBeGreaterThan(0);
  });

  test("FD-087 an invalid index, and one of another definition, are built anew", async () => {
    const schemaName = freshSchema();
    const engine = postgresEngine({ pool, schemaName });
    await engine.converge([items]);
    await pool.query(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"${schemaName}".items_owner_rank_idx'::regclass`,
    );
    await pool.query(`DROP INDEX "${schemaName}".items_owner_title_idx`);
    await pool.query(`CREATE INDEX items_owner_title_idx ON "${schemaName}".items (title)`);
    const { statements } = await engine.converge([items]);
    expect(statements.filter((sql) => sql.startsWith("CREATE INDEX"))).toHaveLength(2);
    expect((await engine.converge([items])).statements).toEqual([]);
  });

  test("custom indexes are built with all their options, beside writers by default, and built anew when invalid", async () => {
    const schemaName = freshSchema();
    const indexes = [
      { name: "plain", table: "items", columns: ["owner", "rank DESC"], concurrent: false },
      {
        name: "rich",
        table: "items",
        columns: ["title"],
        where: "title IS NOT NULL",
        opclass: "text_pattern_ops",
        storage: { fillfactor: 80 },
      },
      { name: "other", table: "items", columns: ["rank"], unique: true, method: "btree" as const },
      { name: "unowned", table: "nothing", columns: ["x"] },
    ];
    const engine = postgresEngine({ pool, schemaName, indexes });
    expect((await engine.converge([items], { dryRun: true })).statements.at(-1)).toContain("CONCURRENTLY");
    await engine.converge([items]);
    const { rows } = await pool.query("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 ORDER BY 1", [
      schemaName,
    ]);
    const found = Object.fromEntries(rows.map(({ indexname, indexdef }) => [indexname, indexdef]));
    expect(found.plain).toContain("(owner, rank DESC)");
    expect(found.rich).toMatch(/text_pattern_ops.*fillfactor='80'.*WHERE/);
    expect(found.other).toContain("UNIQUE");
    expect(found).not.toHaveProperty("unowned");
    await pool.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"${schemaName}".rich'::regclass`);
    expect((await engine.converge([items])).statements).toHaveLength(2);
    expect((await engine.converge([items])).statements).toEqual([]);
  });

  test("a custom index that cannot be built is told and does not keep the store from starting", async () => {
    const warnings: string[] = [];
    const indexes = [{ name: "broken", table: "items", columns: ["missing"] }];
    const engine = postgresEngine(
      { pool, schemaName: freshSchema(), indexes },
      { logger: { warn: (message) => void warnings.push(message) } },
    );
    await engine.converge([items]);
    expect(warnings).toEqual(["stowage: the index broken could not be built"]);
    await engine.write([upsert(items, { id: "a", owner: "o", rank: 1, title: null })]);
  });

  test("a custom index on a table that the store does not have is told once", async () => {
    const warnings: string[] = [];
    const indexes = [{ name: "lost", table: "itmes", columns: ["rank"] }];
    const engine = postgresEngine(
      { pool, schemaName: freshSchema(), indexes },
      { logger: { warn: (message) => void warnings.push(message) } },
    );
    await engine.converge([items]);
    await engine.converge([items]);
    expect(warnings).toEqual(["stowage: the index lost is left out: this store has no table itmes"]);
  });

  test("skipDefaultIndexes leaves out what only makes walks faster; answers stay", async () => {
    const engine = postgresEngine({ pool, schemaName: freshSchema(), skipDefaultIndexes: true });
    const { statements } = await engine.converge([items]);
    expect(statements.filter((sql) => sql.includes("INDEX"))).toEqual([]);
    await engine.write([3, 1, 2].map((rank) => upsert(items, { id: `i${rank}`, owner: "o", rank, title: null })));
    const [page] = await engine.read([{ op: "find", table: items, path: "byOwner", eq: { owner: "o" } }]);
    expect(page.rows.map(({ rank }) => rank)).toEqual([1, 2, 3]);
  });

  test("FD-085 names that are too long are cut to different names", async () => {
    const prefix = `${"p".repeat(60)}_`;
    const engine = postgresEngine({ pool, schemaName: freshSchema(), prefix });
    await engine.converge([items]);
    await engine.write([upsert(items, { id: "a", owner: "o", rank: 1, title: "t" })]);
    expect((await engine.converge([items])).statements).toEqual([]);
  });

  test("FD-096 a role that may not create anything works on a schema that is as it should be", async () => {
    const schemaName = freshSchema();
    await postgresEngine({ pool, schemaName }).converge([items]);
    const role = `r${schemaName}`;
    await pool.query(`CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA "${schemaName}" TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schemaName}" TO ${role}`);
    const engine = postgresEngine({
      connectionString: server().connectionString.replace("stowage@", `${role}@`),
      schemaName,
    });
    expect((await engine.converge([items])).statements).toEqual([]);
    await engine.write([upsert(items, { id: "a", owner: "o", rank: 1, title: "t" })]);
    await engine.close();
  });

  test("without init a missing table is one clear error", async () => {
    const storage = new PostgresStore({ id: "s", pool, schemaName: freshSchema(), disableInit: true });
    const memory = await storage.getStore("memory");
    await expect(memory?.getThreadById({ threadId: "t" })).rejects.toMatchObject({
      code: "not_initialised",
      message: expect.stringContaining("call init()"),
    });
  });

  test("a table that somebody else filled is refused, and an empty one replaced", async () => {
    const schemaName = freshSchema();
    await pool.query(`CREATE SCHEMA "${schemaName}"; CREATE TABLE "${schemaName}".items (id text)`);
    const engine = postgresEngine({ pool, schemaName });
    await pool.query(`INSERT INTO "${schemaName}".items VALUES ('theirs')`);
    await expect(engine.converge([items])).rejects.toMatchObject({ code: "schema" });
    await pool.query(`DELETE FROM "${schemaName}".items`);
    await engine.converge([items]);
    await engine.write([upsert(items, { id: "a", owner: "o", rank: 1, title: "t" })]);
  });
});
