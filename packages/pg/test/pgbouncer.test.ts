import { randomUUID } from "node:crypto";
import { check, defineTable, get, insert, integer, patch, text, upsert } from "@stowage/core/engine";
import { PostgresStore, postgresEngine } from "@stowage/pg";
import { findPgbouncer, type Pgbouncer, startPgbouncer } from "@stowage/testkit/engines";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const pairs = defineTable("pairs", { id: text(), n: integer() }, { key: ["id"], paths: { all: { sort: ["n"] } } });

if (!findPgbouncer()) {
  const what = "PgBouncer is not installed, so nothing was tested behind it";
  if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
  else test.skip(what);
}

describe.runIf(findPgbouncer())("behind PgBouncer in transaction mode, with fewer servers than clients", () => {
  onPostgres("18", (server) => {
    let bouncer: Pgbouncer;
    beforeAll(async () => {
      bouncer = await startPgbouncer(server().port, { servers: 3 });
    });
    afterAll(() => bouncer?.stop());

    test("batches are all or nothing, and nothing is left on a server", async () => {
      const pool = new pg.Pool({ connectionString: bouncer.connectionString, max: 16 });
      const engine = postgresEngine({ pool, schemaName: freshSchema() });
      await engine.converge([pairs]);
      await engine.write(["a", "b"].map((id) => upsert(pairs, { id, n: 0 })));
      let written = 0;
      const writer = async () => {
        for (let round = 0; round < 20; round++) {
          const [{ rows }] = await engine.read([get(pairs, [["a"], ["b"]])]);
          const [a, b] = rows;
          expect(a?.n).toBe(b?.n);
          const batch = [
            patch(pairs, ["a"], { raise: { n: 0 }, expect: { rev: a?._rev as number } }),
            patch(pairs, ["b"], { raise: { n: 0 }, expect: { rev: b?._rev as number } }),
            check(pairs, [randomUUID()], "absent"),
          ];
          await engine.write(batch).then(
            () => written++,
            (error) => expect(error).toMatchObject({ code: "conflict" }),
          );
        }
      };
      await Promise.all(Array.from({ length: 16 }, writer));
      const [{ rows }] = await engine.read([get(pairs, [["a"], ["b"]])]);
      expect(rows.map((row) => row?.n)).toEqual([written, written]);
      await expect(engine.write([insert(pairs, { id: "a", n: 0 })])).rejects.toMatchObject({ code: "conflict" });
      const direct = new pg.Client({ connectionString: server().connectionString });
      await direct.connect();
      const left = await direct.query(
        "SELECT (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS locks, (SELECT count(*)::int FROM pg_stat_activity WHERE state LIKE 'idle in%') AS open",
      );
      expect(left.rows).toEqual([{ locks: 0, open: 0 }]);
      const prepared = await Promise.all(
        Array.from({ length: 12 }, () => pool.query("SELECT count(*)::int AS n FROM pg_prepared_statements")),
      );
      expect(prepared.flatMap(({ rows: counted }) => counted)).toEqual(Array(12).fill({ n: 0 }));
      await direct.end();
      await pool.end();
    });

    test("a pool of the store's own sets nothing on a server that others use", async () => {
      const { connectionString } = bouncer;
      const engine = postgresEngine({ connectionString, schemaName: freshSchema(), query_timeout: 5000 });
      await engine.converge([pairs]);
      await Promise.all(Array.from({ length: 12 }, (_, n) => engine.write([upsert(pairs, { id: `i${n}`, n })])));
      const pool = new pg.Pool({ connectionString });
      const shown = await Promise.all(Array.from({ length: 12 }, () => pool.query("SHOW statement_timeout")));
      expect(shown.flatMap(({ rows }) => rows)).toEqual(Array(12).fill({ statement_timeout: "0" }));
      await pool.end();
      await engine.close();
    });

    test("stores start together and serve", async () => {
      const schemaName = freshSchema();
      const stores = Array.from(
        { length: 6 },
        (_, n) => new PostgresStore({ id: `s${n}`, connectionString: bouncer.connectionString, schemaName, max: 4 }),
      );
      await Promise.all(stores.map((store) => store.init()));
      const now = new Date();
      await Promise.all(
        stores.map(async (store, n) => {
          const memory = await store.getStore("memory");
          const thread = { id: `t${n}`, resourceId: "r", title: "", metadata: {}, createdAt: now, updatedAt: now };
          await memory?.saveThread({ thread });
          expect((await memory?.getThreadById({ threadId: `t${n}` }))?.id).toBe(`t${n}`);
        }),
      );
      for (const store of stores) await store.close();
    });
  });
});
