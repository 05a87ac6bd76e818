import { get, insert, isStorageError, patch, upsert } from "@stowage/core/engine";
import { type MySQLEngine, mysqlEngine } from "@stowage/mysql";
import { crowdOn, cutEverywhere, deadlocksOn, numbersOf, pairs, writePairs } from "@stowage/testkit/connections";
import { TcpProxy } from "@stowage/testkit/engines";
import mysql from "mysql2/promise";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, onMariadb, urlOf } from "./server.ts";

onMariadb((server) => {
  const opened: { close(): Promise<void> }[] = [];
  const open = async (options: Record<string, unknown> = {}): Promise<MySQLEngine> => {
    const connectionString = urlOf(server(), await freshDatabase(server()));
    const engine = mysqlEngine({ ...("pool" in options ? {} : { connectionString }), ...options } as never);
    opened.push(engine);
    return engine;
  };
  let admin: mysql.Connection;
  beforeAll(async () => {
    admin = await mysql.createConnection(server().connectionString);
    return () => admin.destroy();
  });
  afterEach(async () => {
    for (const engine of opened.splice(0).reverse()) await engine.close();
  });

  test("FD-097 a pool of three serves a crowd, and every batch is all or nothing", async () => {
    const engine = await open({ max: 3 });
    await engine.converge([pairs]);
    await crowdOn(engine);
  });

  test("a deadlock is temporary, and nothing of the batch that lost it stays", async () => {
    // One statement a request leaves others time in between.
    const pool = mysql.createPool({ uri: urlOf(server(), await freshDatabase(server())) });
    const engine = await open({ pool });
    await engine.converge([pairs]);
    expect(await deadlocksOn(engine)).toBeGreaterThan(0);
    await engine.close();
    await pool.end();
  });

  test("a lock that somebody else keeps is waited for in vain, and that is temporary", async () => {
    const database = await freshDatabase(server());
    const pool = mysql.createPool({ uri: urlOf(server(), database), multipleStatements: true });
    const engine = await open({ pool });
    await engine.converge([pairs]);
    await writePairs(engine);
    await admin.query("SET GLOBAL innodb_lock_wait_timeout = 1");
    await admin.query("START TRANSACTION");
    await admin.query(`UPDATE ${database}.pairs SET n = n + 1 WHERE id = 'b'`);
    // A session takes the setting over at its start.
    const late = await open({ connectionString: urlOf(server(), database) });
    const ops = ["a", "b"].map((id) => patch(pairs, [id], { raise: { n: 0 } }));
    await expect(late.write(ops)).rejects.toMatchObject({ code: "busy", retry: "temporary", details: { errno: 1205 } });
    await admin.query("ROLLBACK");
    await admin.query("SET GLOBAL innodb_lock_wait_timeout = 50");
    expect(await numbersOf(engine)).toEqual([0, 0]);
    await late.write(ops);
    expect(await numbersOf(engine)).toEqual([1, 1]);
    await engine.close();
    await pool.end();
  });

  test("FD-099 connections that were ended while idle are replaced", async () => {
    const engine = await open();
    await engine.converge([pairs]);
    for (let round = 0; round < 5; round++) {
      await engine.write([upsert(pairs, { id: "a", n: round, note: null })]);
      const [sessions] = await admin.query<mysql.RowDataPacket[]>(
        "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND COMMAND = 'Sleep'",
      );
      // Some end by themselves at this moment.
      for (const { id } of sessions) await admin.query(`KILL ${id}`).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await numbersOf(engine))[0]).toBe(4);
  });

  test("nothing is left on a session: no setting, lock, variable or transaction", async () => {
    const uri = urlOf(server(), await freshDatabase(server()));
    const pool = mysql.createPool({ uri, connectionLimit: 1, multipleStatements: true });
    const engine = await open({ pool });
    await engine.converge([pairs]);
    const state = async () => {
      const [rows] = await pool.query<mysql.RowDataPacket[]>(
        "SELECT @@session.tx_isolation AS level, @@autocommit AS auto, @@in_transaction AS open, @@sql_mode AS mode, @@lock_wait_timeout AS wait",
      );
      return rows[0];
    };
    const before = await state();
    await engine.write([upsert(pairs, { id: "a", n: 1, note: null })]);
    await engine.read([get(pairs, [["a"]]), get(pairs, [["b"]])]);
    await expect(engine.write([insert(pairs, { id: "a", n: 1, note: null })])).rejects.toMatchObject({
      code: "conflict",
    });
    await engine.removeRange({ table: pairs, limit: 1, filter: { op: "search", column: "note", value: "x" } });
    expect(await state()).toEqual(before);
    expect(before).toMatchObject({ open: 0, auto: 1 });
    await engine.close();
    await pool.end();
  });

  test("errors hold no value of any row, and no statement", async () => {
    const engine = await open();
    await engine.converge([pairs]);
    await engine.write([upsert(pairs, { id: "secret-id", n: 1, note: "secret-note" })]);
    const all: unknown[] = [];
    const keep = (error: unknown) => void all.push(error);
    await engine.write([insert(pairs, { id: "secret-id", n: 1, note: "secret-note" })]).catch(keep);
    await engine.write([insert(pairs, { id: "x".repeat(2 ** 20 + 1), n: 1, note: "secret-note" })]).catch(keep);
    await admin.query("SET GLOBAL read_only = 1");
    const uri = server().connectionString.replace("stowage@", "nobody@");
    await mysqlEngine({ connectionString: uri }).converge([pairs]).catch(keep);
    await admin.query("SET GLOBAL read_only = 0");
    expect(all).toHaveLength(3);
    for (const error of all) {
      expect(isStorageError(error)).toBe(true);
      const { cause } = error as Error;
      const told = JSON.stringify([error, cause, String(error), String(cause), (cause as Error | undefined)?.stack]);
      expect(told).not.toContain("secret-note");
    }
    expect(all[1]).toMatchObject({ code: "too_large" });
    expect(all[2]).toMatchObject({ code: "permission" });
  });

  test("a pool that has nothing for a call before its deadline says so", async () => {
    const uri = urlOf(server(), await freshDatabase(server()));
    const pool = mysql.createPool({ uri, connectionLimit: 1, multipleStatements: true });
    const engine = await open({ pool });
    await engine.converge([pairs]);
    const held = await pool.getConnection();
    await expect(engine.read([get(pairs, [["a"]])], { deadline: Date.now() + 50 })).rejects.toMatchObject({
      code: "timeout",
    });
    const controller = new AbortController();
    const waiting = engine.write([upsert(pairs, { id: "a", n: 1, note: null })], { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    held.release();
    expect(await numbersOf(engine)).toEqual([0, 0]);
    await engine.close();
    await pool.end();
  });

  test("a pool whose queue is full, or that does not let wait, is busy", async () => {
    for (const limit of [{ queueLimit: 1 }, { waitForConnections: false }]) {
      const engine = await open({ max: 1, ...limit });
      await engine.converge([pairs]);
      const calls = await Promise.allSettled(Array.from({ length: 6 }, () => engine.read([get(pairs, [["a"]])])));
      const reasons = calls.flatMap((call) => (call.status === "rejected" ? [call.reason] : []));
      expect(reasons.length).toBeGreaterThan(0);
      for (const reason of reasons) expect(reason).toMatchObject({ code: "busy", retry: "temporary" });
    }
  });

  test("an address where nobody listens is `unavailable`, a database that does not exist `schema`", async () => {
    const nowhere = await open({ connectionString: "mysql://u@127.0.0.1:1/d" });
    await expect(nowhere.converge([pairs])).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
    const unknown = await open({ connectionString: urlOf(server(), "nothing") });
    await expect(unknown.converge([pairs])).rejects.toMatchObject({ code: "schema" });
  });

  test("a server without TLS is told of when TLS was asked for", async () => {
    const engine = await open({ connectionString: server().connectionString, ssl: true });
    await expect(engine.converge([pairs])).rejects.toMatchObject({
      code: "unavailable",
      retry: "permanent",
      message: "no secure connection to the database could be made",
    });
  });

  test("a pool whose sessions would change texts, or commit nothing by themselves, is refused", async () => {
    const uri = urlOf(server(), await freshDatabase(server()));
    const latin = mysql.createPool({ uri, charset: "latin1" });
    await expect((await open({ pool: latin })).converge([pairs])).rejects.toMatchObject({
      code: "unsupported",
      details: { option: "charset" },
    });
    await latin.end();
    const open1 = mysql.createPool({ uri, connectionLimit: 1 });
    await open1.query("SET autocommit = 0");
    await expect((await open({ pool: open1 })).converge([pairs])).rejects.toMatchObject({
      code: "unsupported",
      details: { option: "autocommit" },
    });
    await open1.end();
  });

  test("how a pool of one's own reads values has no say", async () => {
    const uri = urlOf(server(), await freshDatabase(server()));
    const pool = mysql.createPool({
      ...{ uri, supportBigNumbers: true, bigNumberStrings: true, namedPlaceholders: true, nestTables: true },
      typeCast: () => "nonsense",
    });
    const engine = await open({ pool });
    await engine.converge([pairs]);
    await engine.write([upsert(pairs, { id: ":id ?", n: 5, note: "a :b ? 'c' \\" })]);
    const [{ rows }] = await engine.read([get(pairs, [[":id ?"]])]);
    expect(rows[0]).toMatchObject({ id: ":id ?", n: 5, note: "a :b ? 'c' \\" });
    await engine.close();
    await pool.end();
  });

  describe("a connection that is cut at every point of a guarded write", () => {
    for (const several of [true, false]) {
      for (const from of ["client", "server"] as const) {
        test(`while the ${from} sends${several ? "" : ", one statement a request"}`, { timeout: 120_000 }, async () => {
          const proxy = new TcpProxy(server().port);
          await proxy.listen();
          const uri = urlOf(server(), await freshDatabase(server()));
          const direct = await open({ connectionString: uri });
          await direct.converge([pairs]);
          const pool = mysql.createPool({
            uri: uri.replace(/:\d+\//, `:${proxy.port}/`),
            connectionLimit: 1,
            multipleStatements: several,
          });
          const engine = await open({ pool });
          const step = (after: number) => after + (after < 40 ? 1 : 7);
          const { refused, unknown } = await cutEverywhere({ proxy, from, direct, engine, step, settled: untilIdle });
          expect(unknown).toBeGreaterThan(0);
          if (!several) expect(refused).toBeGreaterThan(0);
          await engine.close();
          await pool.end();
          await proxy.close();
        });
      }
    }

    /** Resolves once the server is at nothing of a cut connection any more. */
    const untilIdle = async () => {
      for (;;) {
        const [rows] = await admin.query<mysql.RowDataPacket[]>("SELECT trx_id FROM information_schema.INNODB_TRX");
        const [busy] = await admin.query<mysql.RowDataPacket[]>(
          "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND NOT IN ('Sleep', 'Daemon') AND ID <> CONNECTION_ID()",
        );
        if (rows.length === 0 && busy.length === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
  });
});
