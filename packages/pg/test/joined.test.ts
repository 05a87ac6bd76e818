import { count, defineTable, get, insert, patch, text, upsert } from "@stowage/core/engine";
import { type PostgresEngine, postgresEngine } from "@stowage/pg";
import { pairs } from "@stowage/testkit/connections";
import { TcpProxy } from "@stowage/testkit/engines";
import type pg from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const absentTable = defineTable("absent_table", { id: text() }, { key: ["id"] });
const listed = defineTable("listed", { id: text() }, { key: ["id"], paths: { all: { sort: ["id"] } } });
const row = (id: string, n = 0) => ({ id, n, note: null });
const ids = (count: number) => Array.from({ length: count }, (_, index) => `i${index}`);

onPostgres("18", (server) => {
  const opened: { close(): Promise<void> }[] = [];
  const open = (options: Record<string, unknown> = {}): PostgresEngine => {
    const { connectionString } = server();
    const engine = postgresEngine({ connectionString, schemaName: freshSchema(), ...options } as never);
    opened.push(engine);
    return engine;
  };
  /** How often the work takes a connection of the engine's pool. */
  const connectionsFor = async (engine: PostgresEngine, work: () => Promise<unknown>): Promise<number> => {
    let taken = 0;
    const count = () => taken++;
    const pool = engine.pool as unknown as pg.Pool;
    pool.on("acquire", count);
    await work();
    pool.off("acquire", count);
    return taken;
  };
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
  });

  describe("many small calls at once", () => {
    test("writes go in few transactions, and each caller learns of his own", async () => {
      const engine = open();
      await engine.converge([pairs]);
      const all = ids(64);
      let results: unknown[] = [];
      const taken = await connectionsFor(engine, async () => {
        results = await Promise.all(all.map((id, n) => engine.write([upsert(pairs, row(id, n))])));
      });
      expect(taken).toBeLessThanOrEqual(16);
      expect(results).toEqual(all.map(() => [{ outcome: "inserted", rev: expect.any(Number) }]));
      const [{ rows }] = await engine.read([
        get(
          pairs,
          all.map((id) => [id]),
        ),
      ]);
      expect(rows.map((stored) => [stored?.n, stored?._rev])).toEqual(
        all.map((_, n) => [n, (results[n] as { rev: number }[])[0]?.rev]),
      );
    });

    test("reads of few rows share requests, and those that may take long go by themselves", async () => {
      const engine = open();
      await engine.converge([listed]);
      const all = ids(48);
      await engine.write(all.map((id) => upsert(listed, { id })));
      const few = await connectionsFor(engine, () => Promise.all(all.map((id) => engine.read([get(listed, [[id]])]))));
      expect(few).toBeLessThanOrEqual(12);
      const counts = await connectionsFor(engine, () =>
        Promise.all(all.map(() => engine.read([count(listed, { path: "all" })]))),
      );
      expect(counts).toBe(all.length);
    });

    test("a write that is refused fails alone, and with its own reason", async () => {
      const engine = open();
      await engine.converge([pairs]);
      await engine.write([insert(pairs, row("i7")), insert(pairs, row("i20"))]);
      const outcomes = await Promise.allSettled(
        ids(30).map((id) => engine.write([upsert(pairs, row(`beside-${id}`)), insert(pairs, row(id, 1))])),
      );
      const refused = outcomes.flatMap((outcome, at) => (outcome.status === "rejected" ? [[at, outcome.reason]] : []));
      expect(refused).toMatchObject([
        [7, { code: "conflict", refusal: { index: 1, key: "i7", reason: "absent" } }],
        [20, { code: "conflict", refusal: { index: 1, key: "i20", reason: "absent" } }],
      ]);
      const [{ rows }] = await engine.read([get(pairs, [["beside-i6"], ["beside-i7"], ["i6"], ["i7"]])]);
      expect(rows.map((stored) => stored?.n)).toEqual([0, undefined, 1, 0]);
    });

    test("writes of one record are each applied", async () => {
      const engine = open();
      await engine.converge([pairs]);
      await engine.write([insert(pairs, row("a"))]);
      await Promise.all(ids(40).map(() => engine.write([patch(pairs, ["a"], { raise: { n: 0 } })])));
      const [{ rows }] = await engine.read([get(pairs, [["a"]])]);
      expect(rows[0]?.n).toBe(40);
    });

    test("two processes that write the same records at once do not get in each other's way", async () => {
      const schemaName = freshSchema();
      const [first, second] = [open({ schemaName }), open({ schemaName })];
      await first.converge([pairs]);
      await first.write(ids(40).map((id) => insert(pairs, row(id))));
      const raiseAll = (engine: PostgresEngine, order: string[]) =>
        order.map((id) => engine.write([patch(pairs, [id], { raise: { n: 0 } })]));
      for (let round = 1; round <= 5; round++) {
        await Promise.all([...raiseAll(first, ids(40)), ...raiseAll(second, ids(40).reverse())]);
      }
      const [{ rows }] = await first.read([
        get(
          pairs,
          ids(40).map((id) => [id]),
        ),
      ]);
      expect(rows.map((stored) => stored?.n)).toEqual(ids(40).map(() => 10));
    });

    test("nobody waits for one that waits for a lock", async () => {
      const schemaName = freshSchema();
      const engine = open({ schemaName });
      await engine.converge([pairs]);
      await engine.write(ids(6).map((id) => insert(pairs, row(id))));
      const holder = await (engine.pool as unknown as pg.Pool).connect();
      await holder.query("BEGIN");
      await holder.query(`SELECT 1 FROM "${schemaName}".pairs FOR UPDATE`);
      const stuck = ids(6).map((id) => engine.write([patch(pairs, [id], { raise: { n: 0 } })]));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await Promise.all(ids(20).map((id) => engine.write([insert(pairs, row(`free-${id}`))])));
      await holder.query("COMMIT");
      holder.release();
      await Promise.all(stuck);
    });

    test("close waits for those who wait", async () => {
      const schemaName = freshSchema();
      const engine = open({ schemaName });
      await engine.converge([pairs]);
      const calls = ids(50).map((id, n) => engine.write([insert(pairs, row(id, n))]));
      await engine.close();
      await Promise.all(calls);
      const [{ rows }] = await open({ schemaName }).read([get(pairs, [["i0"], ["i49"]])]);
      expect(rows.map((stored) => stored?.n)).toEqual([0, 49]);
    });

    test("reads go in few requests, and one that the server refuses fails alone", async () => {
      const engine = open();
      await engine.converge([pairs]);
      await engine.write(ids(64).map((id, n) => insert(pairs, row(id, n))));
      let answers: unknown[] = [];
      const taken = await connectionsFor(engine, async () => {
        answers = await Promise.all(
          ids(64).map(async (id) => (await engine.read([get(pairs, [[id]]), get(pairs, [["none"]])]))[0].rows[0]?.n),
        );
      });
      expect(taken).toBeLessThanOrEqual(16);
      expect(answers).toEqual(ids(64).map((_, n) => n));
      const mixed = await Promise.allSettled(
        ids(20).map((id, at) => engine.read([get(at === 13 ? absentTable : pairs, [[id]])])),
      );
      expect(mixed.map(({ status }, at) => [at, status])).toEqual(
        ids(20).map((_, at) => [at, at === 13 ? "rejected" : "fulfilled"]),
      );
      expect(mixed[13]).toMatchObject({ reason: { code: "not_initialised" } });
    });

    for (const from of ["client", "server"] as const) {
      test(`a connection that is cut while the ${from} sends: nothing is half there or there twice`, async () => {
        const proxy = new TcpProxy(server().port);
        await proxy.listen();
        const schemaName = freshSchema();
        const direct = open({ schemaName });
        await direct.converge([pairs]);
        const connectionString = server().connectionString.replace(/:\d+\//, `:${proxy.port}/`);
        const engine = open({ connectionString, schemaName, max: 1 });
        const all = ids(12);
        await direct.write(all.map((id) => insert(pairs, row(id))));
        const numbers = async () => {
          const [{ rows }] = await direct.read([
            get(
              pairs,
              all.map((id) => [id]),
            ),
          ]);
          return rows.map((stored) => stored?.n as number);
        };
        let unknown = 0;
        let before = await numbers();
        for (let after = 0, isCut = true; isCut; after += after < 100 ? 13 : 101) {
          await engine.read([get(pairs, [["i0"]])]);
          proxy.arm({ from, after });
          const outcomes = await Promise.allSettled(
            all.map((id) => engine.write([patch(pairs, [id], { raise: { n: 0 } })])),
          );
          isCut = proxy.isSpent;
          proxy.arm(undefined);
          await untilIdle(direct.pool as unknown as pg.Pool);
          const now = await numbers();
          const errors = new Set<unknown>();
          for (const [at, outcome] of outcomes.entries()) {
            const applied = (now[at] as number) - (before[at] as number);
            if (outcome.status === "fulfilled") {
              expect(applied, "what was acknowledged is there once").toBe(1);
              continue;
            }
            errors.add(outcome.reason);
            if (outcome.reason.code === "unknown_outcome") {
              unknown++;
              expect([0, 1], "at most once").toContain(applied);
            } else {
              expect(outcome.reason).toMatchObject({ retry: "temporary" });
              expect(applied, "what was refused is not there").toBe(0);
            }
          }
          const failed = outcomes.filter(({ status }) => status === "rejected");
          expect(errors.size, "an error for each caller").toBe(failed.length);
          before = now;
        }
        expect(unknown).toBeGreaterThan(0);
        await engine.close();
        await proxy.close();
      }, 120_000);
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
