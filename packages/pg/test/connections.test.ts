import { check, get, insert, isStorageError, patch, upsert } from "@stowage/core/engine";
import { retry, stack } from "@stowage/core/layers";
import { type PostgresEngine, PostgresStore, postgresEngine } from "@stowage/pg";
import { crowdOn, cutEverywhere, deadlocksOn, numbersOf, pairs } from "@stowage/testkit/connections";
import { TcpProxy } from "@stowage/testkit/engines";
import pg from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

onPostgres("18", (server) => {
  const opened: { close(): Promise<void> }[] = [];
  const open = (options: Record<string, unknown> = {}): PostgresEngine => {
    const engine = postgresEngine({
      connectionString: server().connectionString,
      schemaName: freshSchema(),
      ...options,
    } as never);
    opened.push(engine);
    return engine;
  };
  afterEach(async () => {
    for (const engine of opened.splice(0).reverse()) await engine.close();
  });

  test("FD-097 a pool of three serves a crowd, and every batch is all or nothing", async () => {
    const engine = open({ max: 3 });
    await engine.converge([pairs]);
    await crowdOn(engine);
    const { totalCount } = engine.pool as unknown as { totalCount: number };
    expect(totalCount).toBeLessThanOrEqual(3);
  });

  test("callers who prune one range are not told that it is done before it is", async () => {
    const engine = open();
    await engine.converge([pairs]);
    const rows = Array.from({ length: 120 }, (_, n) => ({ id: `i${n}`, n, note: null }));
    for (let round = 0; round < 5; round++) {
      await engine.write(rows.map((row) => upsert(pairs, row)));
      const prune = async () => {
        let removed = 0;
        for (let isDone = false; !isDone; ) {
          try {
            const result = await engine.removeRange({ table: pairs, limit: 7 });
            removed += result.removed;
            isDone = result.done;
          } catch (error) {
            expect(error).toMatchObject({ code: "busy", retry: "temporary" });
          }
        }
        const [{ rows: left }] = await engine.read([
          get(
            pairs,
            rows.map(({ id }) => [id]),
          ),
        ]);
        expect(left.filter((row) => row !== undefined)).toEqual([]);
        return removed;
      };
      const removed = await Promise.all(Array.from({ length: 4 }, prune));
      expect(removed.reduce((sum, count) => sum + count)).toBe(rows.length);
    }
  });

  test("of two batches that each want absent what the other makes one is refused", async () => {
    const schemaName = freshSchema();
    const engine = open({ schemaName });
    await engine.converge([pairs]);
    const make = (own: string, other: string) =>
      engine.write([check(pairs, [other], "absent"), insert(pairs, { id: own, n: 0, note: null })]).then(
        () => 1,
        (error) => {
          expect(error).toMatchObject({ code: "conflict" });
          return 0;
        },
      );
    // A commit takes so long that neither sees what the other has made.
    const pool = engine.pool as unknown as pg.Pool;
    await pool.query(`CREATE FUNCTION "${schemaName}".dawdle() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$`);
    await pool.query(`CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON "${schemaName}".pairs DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION "${schemaName}".dawdle()`);
    for (let round = 0; round < 5; round++) {
      const [a, b] = [`a${round}`, `b${round}`];
      const [first, second] = await Promise.all([make(a, b), make(b, a)]);
      expect(first + second).toBe(1);
    }
  });

  test("a deadlock is temporary, and nothing of the batch that lost it stays", async () => {
    const engine = open();
    await engine.converge([pairs]);
    await deadlocksOn(engine);
  });

  test("a database whose default is SERIALIZABLE refuses with a temporary error, never in part", async () => {
    const engine = open({ options: "-c default_transaction_isolation=serializable" });
    await engine.converge([pairs]);
    await engine.write(["a", "b"].map((id) => insert(pairs, { id, n: 0, note: null })));
    let won = 0;
    const one = async () => {
      for (let round = 0; round < 10; round++) {
        try {
          await engine.write(["a", "b"].map((id) => patch(pairs, [id], { raise: { n: 0 } })));
          won++;
        } catch (error) {
          expect(error).toMatchObject({ code: "busy", retry: "temporary" });
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, one));
    expect(await numbersOf(engine)).toEqual([won, won]);
  });

  test("FD-099 connections that were ended while idle are replaced", async () => {
    const engine = open();
    await engine.converge([pairs]);
    const admin = new pg.Client({ connectionString: server().connectionString });
    await admin.connect();
    for (let round = 0; round < 5; round++) {
      await engine.write([upsert(pairs, { id: "a", n: round, note: null })]);
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await numbersOf(engine))[0]).toBe(4);
    await admin.end();
  });

  test("nothing is left on a session: no setting or transaction, and no prepared statement where none is wanted", async () => {
    const pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
    const engine = open({ pool, preparedStatements: false });
    await engine.converge([pairs]);
    await engine.write([upsert(pairs, { id: "a", n: 1, note: null })]);
    await engine.read([get(pairs, [["a"]]), get(pairs, [["b"]])]);
    await expect(engine.write([insert(pairs, { id: "a", n: 1, note: null })])).rejects.toMatchObject({
      code: "conflict",
    });
    await engine.removeRange({ table: pairs, limit: 1, filter: { op: "search", column: "note", value: "x" } });
    const { rows } = await pool.query(`SELECT (SELECT count(*)::int FROM pg_prepared_statements) AS prepared,
      (SELECT count(*)::int FROM pg_settings WHERE source = 'session') AS settings,
      (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS locks,
      now() = statement_timestamp() AS alone`);
    expect(rows).toEqual([{ prepared: 0, settings: 0, locks: 0, alone: true }]);
    await pool.end();
  });

  const countPrepared = async (pool: pg.Pool): Promise<number> => {
    const { rows } = await pool.query("SELECT count(*)::int AS n FROM pg_prepared_statements");
    return rows[0]?.n;
  };

  test.each([undefined, true])("statements that recur are kept prepared, also across refusals: %s", async (wanted) => {
    const pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
    const engine = open({ pool, ...(wanted && { preparedStatements: wanted }) });
    await engine.converge([pairs]);
    for (let n = 0; n < 5; n++) {
      await engine.write([upsert(pairs, { id: "a", n, note: null })]);
      // The first refusals leave statements behind of which nobody knows whether they were parsed.
      const refused = [insert(pairs, { id: "a", n, note: null }), patch(pairs, ["b"], { set: { n } })];
      await expect(engine.write(refused)).rejects.toMatchObject({ code: "conflict" });
      await expect(engine.write(refused.toReversed())).rejects.toMatchObject({ code: "conflict" });
      expect((await numbersOf(engine))[0]).toBe(n);
    }
    expect(await countPrepared(pool)).toBeGreaterThan(2);
    expect(pool.totalCount).toBe(1);
    await pool.end();
  });

  test("statements that somebody else removes from the session are done without from then on", async () => {
    const pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
    const storage = new PostgresStore({ id: "s", pool, schemaName: freshSchema() });
    const memory = await storage.getStore("memory");
    const now = new Date();
    const thread = { id: "t", resourceId: "r", title: "", metadata: {}, createdAt: now, updatedAt: now };
    for (let round = 0; round < 6; round++) {
      await memory?.saveThread({ thread: { ...thread, title: `${round}` } });
      expect((await memory?.getThreadById({ threadId: "t" }))?.title).toBe(`${round}`);
      if (round === 2) expect(await countPrepared(pool)).toBeGreaterThan(0);
      if (round >= 2) await pool.query("DISCARD ALL");
    }
    expect(await countPrepared(pool)).toBe(0);
    await storage.close();
    await pool.end();
  });

  test("a prepared statement outlives a column that gets another type", async () => {
    const pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
    const schemaName = freshSchema();
    const engine = stack(open({ pool, schemaName }), [retry()]);
    await engine.converge([pairs]);
    await engine.write([upsert(pairs, { id: "a", n: 1, note: "x" })]);
    for (let round = 0; round < 3; round++) expect((await engine.read([get(pairs, [["a"]])]))[0].rows[0]?.n).toBe(1);
    await pool.query(`ALTER TABLE "${schemaName}".pairs ALTER COLUMN n TYPE integer`);
    for (let round = 0; round < 3; round++) expect((await engine.read([get(pairs, [["a"]])]))[0].rows[0]?.n).toBe(1);
    await pool.end();
  });

  test("errors hold no value of any row", async () => {
    const engine = open();
    await engine.converge([pairs]);
    await engine.write([upsert(pairs, { id: "secret-id", n: 1, note: "secret-note" })]);
    const refused = await engine.write([insert(pairs, { id: "x".repeat(20_000), n: 1, note: "secret-note" })]).then(
      () => undefined,
      (error) => error,
    );
    expect(isStorageError(refused) || refused === undefined).toBe(true);
    const long = Array.from({ length: 9000 }, () => Math.random().toString(36))
      .join("")
      .slice(0, 60_000);
    await expect(engine.write([insert(pairs, { id: long, n: 1, note: null })])).rejects.toMatchObject({
      code: "too_large",
      message: expect.not.stringContaining(long.slice(0, 20)),
    });
  });

  test("a pool that has nothing for a call before its deadline says so", async () => {
    const pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
    const engine = open({ pool });
    await engine.converge([pairs]);
    const held = await pool.connect();
    await expect(engine.read([get(pairs, [["a"]])], { deadline: Date.now() + 50 })).rejects.toMatchObject({
      code: "timeout",
    });
    const controller = new AbortController();
    const waiting = engine.write([upsert(pairs, { id: "a", n: 1, note: null })], { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    held.release();
    expect(await numbersOf(engine)).toEqual([0, 0]);
    await pool.end();
  });

  describe("a pool of the store's own", () => {
    const limits = async (engine: PostgresEngine) => {
      const { rows } = await (engine.pool as unknown as pg.Pool).query("SHOW statement_timeout");
      return rows.map(({ statement_timeout }) => statement_timeout);
    };

    test("has the server give up a little before the client does, unless told otherwise", async () => {
      for (const [options, limit] of [
        [{}, "119s"],
        [{ query_timeout: 1000 }, "500ms"],
        [{ preparedStatements: false }, "119s"],
        [{ statement_timeout: 7000 }, "7s"],
        [{ query_timeout: 0 }, "0"],
      ] as const) {
        const engine = open({ ...options, max: 1 });
        await engine.converge([pairs]);
        await engine.write([upsert(pairs, { id: "a", n: 1, note: null })]);
        expect(await limits(engine)).toEqual([limit]);
      }
      const pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
      const engine = open({ pool });
      await engine.converge([pairs]);
      expect(await limits(engine)).toEqual(["0"]);
      await pool.end();
    });

    test("leaves no statement behind that goes on, and nothing of a write that took too long", async () => {
      const schemaName = freshSchema();
      const engine = open({ schemaName, query_timeout: 1000, max: 1 });
      await engine.converge([pairs]);
      const admin = new pg.Client({ connectionString: server().connectionString });
      await admin.connect();
      await admin.query(`BEGIN; LOCK TABLE "${schemaName}".pairs IN ACCESS EXCLUSIVE MODE`);
      const write = engine.write([upsert(pairs, { id: "a", n: 1, note: null })]);
      await expect(write).rejects.toMatchObject({ code: "timeout", details: { sqlstate: "57014" } });
      const { rows } = await admin.query("SELECT 1 FROM pg_locks WHERE NOT granted");
      expect(rows).toEqual([]);
      await admin.query("ROLLBACK");
      await admin.end();
      expect((await engine.read([get(pairs, [["a"]])]))[0].rows).toEqual([undefined]);
    });

    test("builds an index of its own without hurry, and has the limit again afterwards", async () => {
      const schemaName = freshSchema();
      const indexes = [{ name: "by_note", table: "pairs", columns: ["note"] }];
      const admin = new pg.Client({ connectionString: server().connectionString });
      await admin.connect();
      const first = open({ schemaName });
      await first.converge([pairs]);
      const engine = open({ schemaName, query_timeout: 400, max: 1, indexes });
      // A writer that the building of an index beside writers has to wait for.
      await admin.query(`BEGIN; LOCK TABLE "${schemaName}".pairs IN ROW EXCLUSIVE MODE`);
      const building = engine.converge([pairs]);
      await new Promise((resolve) => setTimeout(resolve, 1200));
      await admin.query("COMMIT");
      await building;
      const { rows } = await admin.query("SELECT indisvalid FROM pg_index WHERE indexrelid = $1::regclass", [
        `"${schemaName}".by_note`,
      ]);
      expect(rows).toEqual([{ indisvalid: true }]);
      expect(await limits(engine)).toEqual(["200ms"]);
      await admin.end();
    });
  });

  test("an address where nobody listens is `unavailable`, a database that does not exist `schema`", async () => {
    const nowhere = open({ connectionString: "postgres://u@127.0.0.1:1/d" });
    await expect(nowhere.converge([pairs])).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
    const unknown = open({ connectionString: server().connectionString.replace("/postgres", "/nothing") });
    await expect(unknown.converge([pairs])).rejects.toMatchObject({ code: "schema" });
  });

  test("where no connection can come about nobody tries again, and the error says so", async () => {
    const { connectionString } = server();
    const encrypted = open({ connectionString, ssl: true } as never);
    const unknown = open({ connectionString: "postgres://u:secret@no-such-host.invalid/d" });
    for (const engine of [encrypted, unknown]) {
      const error = await engine.converge([pairs]).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "unavailable", message: "the database cannot be reached" });
      expect(String(error)).not.toContain("secret");
    }
    await expect(encrypted.converge([pairs])).rejects.toMatchObject({ retry: "permanent" });
  });

  describe("a connection that is cut at every point of a guarded write", () => {
    for (const from of ["client", "server"] as const) {
      test(`while the ${from} sends`, { timeout: 120_000 }, async () => {
        const proxy = new TcpProxy(server().port);
        await proxy.listen();
        const schemaName = freshSchema();
        const direct = open({ schemaName });
        await direct.converge([pairs]);
        const connectionString = server().connectionString.replace(/:\d+\//, `:${proxy.port}/`);
        const pool = new pg.Pool({ connectionString, max: 1 });
        pool.on("error", () => undefined);
        const engine = open({ pool, schemaName });
        const settled = () => untilIdle(direct.pool as unknown as pg.Pool);
        const step = (after: number) => after + (after < 40 ? 1 : 7);
        const { unknown } = await cutEverywhere({ proxy, from, direct, engine, step, settled });
        expect(unknown).toBeGreaterThan(0);
        await pool.end();
        await proxy.close();
      });
    }

    /** Resolves once the server has no request or transaction of a connection that is gone. */
    const untilIdle = async (db: pg.Pool) => {
      for (;;) {
        const { rows } = await db.query(
          "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'",
        );
        if (rows.length === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
  });
});
