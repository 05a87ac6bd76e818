import { find, get } from "@stowage/core/engine";
import { PostgresStore, postgresEngine } from "@stowage/pg";
import { goesOnWithThread, foreignThings as things } from "@stowage/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const instant = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

onPostgres("18", (server) => {
  let pool: pg.Pool;
  beforeAll(() => {
    pool = new pg.Pool({ connectionString: server().connectionString });
  });
  afterAll(() => pool.end());

  /** A schema with a table that another library made. */
  const foreign = async (...rows: string[]) => {
    const schemaName = freshSchema();
    await pool.query(`CREATE SCHEMA "${schemaName}"`);
    await pool.query(`CREATE TABLE "${schemaName}".things ("id" text, "name" text, "note" text, "data" jsonb, "plain" text,
      "at" timestamp, "atZ" timestamptz, "until" timestamp, "isNew" boolean, "size" integer, "ratio" float8,
      "big" numeric, "legacy" bytea, "labels" text[])`);
    for (const row of rows) await pool.query(`INSERT INTO "${schemaName}".things ${row}`);
    return schemaName;
  };
  const count = async (schemaName: string) =>
    (await pool.query(`SELECT count(*)::int AS n FROM "${schemaName}".things`)).rows[0]?.n;

  describe("taking over a table of another library", () => {
    test("is refused unless asked for, and says what to do", async () => {
      const schemaName = await foreign("(id, name) VALUES ('a', 'x')");
      await expect(postgresEngine({ pool, schemaName }).converge([things])).rejects.toMatchObject({
        code: "schema",
        details: { table: "things" },
        message: expect.stringContaining("adopt: true"),
      });
      expect(await count(schemaName)).toBe(1);
    });

    test("converts every value, fills what is missing and keeps what it does not know", async () => {
      const schemaName = await foreign(
        `VALUES ('a', 'x', '"quoted" \\ {text}', '{"k": [1, 2.50]}', 'no json', '2000-01-01', '2026-01-02 04:04:05.678+01',
          '2026-01-02 03:04:05', true, 12, 0.1, 12345678901234567890, '\\x00ff', '{p,"q r"}')`,
        `VALUES ('b', 'x', NULL, '"text"', '{"a":1}', '2026-01-02 03:04:05.678', NULL, NULL, false, 3, NULL, 7.0, NULL, NULL)`,
        `VALUES ('c', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
      );
      const engine = postgresEngine({ pool, schemaName });
      expect((await engine.converge([things], { adopt: true, dryRun: true })).statements.join()).toContain("converted");
      const report = await engine.converge([things], { adopt: true });
      expect(report.unknown).toEqual(["things.atZ", "things.legacy", "things.labels"]);
      const [{ rows }, page] = await engine.read([
        get(things, [["a"], ["b"], ["c"]]),
        find(things, { path: "byName", eq: { name: "x" } }),
      ]);
      const nothing = { note: null, data: null, plain: null, until: null, ratio: null, big: null, isNew: false };
      expect(rows.map((row) => ({ ...row, _rev: 0 }))).toEqual([
        {
          ...{
            id: "a",
            name: "x",
            note: '"quoted" \\ {text}',
            data: '{"k": [1, 2.50]}',
            plain: '"no json"',
            at: instant,
          },
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
      expect(await engine.converge([things])).toEqual({ statements: [], unknown: report.unknown });
      const { rows: left } = await pool.query(`SELECT legacy, labels FROM "${schemaName}".things WHERE id = 'a'`);
      expect(left).toEqual([{ legacy: Buffer.from([0, 255]), labels: ["p", "q r"] }]);
    });

    test("takes many rows, by several processes at once", async () => {
      const schemaName = await foreign(
        "(id, name, at, size) SELECT 'i' || n, 'x', to_timestamp(n)::timestamp, n FROM generate_series(1, 2345) AS n",
      );
      const engines = Array.from({ length: 3 }, () => postgresEngine({ pool, schemaName }));
      await Promise.all(engines.map((engine) => engine.converge([things], { adopt: true })));
      expect(await count(schemaName)).toBe(2345);
    });

    test.each([
      [
        "a key that is too long",
        "(id, name, plain, data) VALUES ('a', 'x', NULL, NULL), (repeat('k', 100000), 'y', NULL, NULL)",
      ],
      ["a key that is there twice", "(id, name, size) VALUES ('a', 'x', 1), ('a', 'y', 2)"],
      ["a value that is there twice and has to be unique", "(id, name, size) VALUES ('a', 'x', 1), ('b', 'y', 1)"],
    ])("%s leaves everything as it was", async (_, row) => {
      const schemaName = await foreign(row);
      await expect(postgresEngine({ pool, schemaName }).converge([things], { adopt: true })).rejects.toMatchObject({
        name: "StorageError",
        code: expect.stringMatching(/schema|too_large/),
      });
      expect(await count(schemaName)).toBe(2);
      const { rows } = await pool.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", [schemaName]);
      expect(rows).toEqual([{ tablename: "things" }]);
    });
  });

  test("a store takes over what Mastra left, and goes on with it", async () => {
    const schemaName = freshSchema();
    await pool.query(`CREATE SCHEMA "${schemaName}"; SET search_path TO "${schemaName}";
      CREATE TABLE mastra_threads (id text PRIMARY KEY, "resourceId" text NOT NULL, title text NOT NULL, metadata text,
        "createdAt" timestamp NOT NULL, "updatedAt" timestamp NOT NULL, "createdAtZ" timestamptz, "updatedAtZ" timestamptz);
      INSERT INTO mastra_threads VALUES ('t', 'r', 'A thread', '{"a":1}', '2026-01-02 03:04:05.678', '2026-01-02 03:04:05.678',
        '2026-01-02 03:04:05.678+00', '2026-01-02 03:04:05.678+00');
      CREATE TABLE mastra_messages (id text PRIMARY KEY, thread_id text NOT NULL, content text NOT NULL, role text NOT NULL,
        type text NOT NULL, "createdAt" timestamp NOT NULL, "resourceId" text, "createdAtZ" timestamptz);
      INSERT INTO mastra_messages SELECT 'm' || n, 't', '{"format":2,"parts":[{"type":"text","text":"number ' || n || '"}]}', 'user',
        'v2', '2026-01-02'::timestamp + n * interval '1 second', 'r', NULL FROM generate_series(1, 3) AS n;
      CREATE TABLE mastra_workflow_snapshot (workflow_name text NOT NULL, run_id text NOT NULL, "resourceId" text,
        snapshot jsonb NOT NULL, "createdAt" timestamp NOT NULL, "updatedAt" timestamp NOT NULL, "createdAtZ" timestamptz,
        "updatedAtZ" timestamptz, UNIQUE (workflow_name, run_id));
      INSERT INTO mastra_workflow_snapshot VALUES ('w', 'run', 'r', '{"runId":"run","status":"success","value":{},
        "context":{"input":{},"s":{"status":"success","output":5,"payload":{},"startedAt":1,"endedAt":2}},"timestamp":1}',
        '2026-01-02', '2026-01-02', NULL, NULL);
      RESET search_path`);
    const storage = new PostgresStore({ id: "s", pool, schemaName, adopt: true });
    await goesOnWithThread(await storage.getStore("memory"), new Date(instant));
    const workflows = await storage.getStore("workflows");
    const run = await workflows?.listWorkflowRuns({ status: "success" });
    expect(run?.runs.map(({ runId }) => runId)).toEqual(["run"]);
    expect((await workflows?.loadWorkflowSnapshot({ workflowName: "w", runId: "run" }))?.context.s).toMatchObject({
      output: 5,
    });
    await storage.close();
  });
});
