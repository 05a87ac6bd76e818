import { defineTable, get, integer, patch, text, upsert } from "@stowage/core/engine";
import { postgresEngine } from "@stowage/pg";
import pg from "pg";
import { expect, test } from "vitest";
import { Replica } from "../src/replica.ts";
import { freshSchema, onPostgres } from "./server.ts";

const rows = defineTable("rows", { id: text(), n: integer() }, { key: ["id"] });

/** A replica that has come as far as `behind` says, and who was asked. */
const replicaAt = (state: { caughtUp: number }) => {
  const asked: string[] = [];
  const pool = {} as never;
  const replica = new Replica(pool);
  const read = () =>
    replica.read([{ sql: "SELECT 1", args: [] }], async (from, statements) => {
      asked.push(from ? "replica" : "writer");
      const first = statements.length > 1 ? [[[from ? state.caughtUp : "0/10"]]] : [];
      return [...first, [[1]]] as never;
    });
  return { asked, replica, read };
};

test("after a write the writer is read, then the replica as far as it has come", async () => {
  const state = { caughtUp: 1 };
  const { asked, replica, read } = replicaAt(state);
  await read();
  replica.written();
  await read();
  await read();
  state.caughtUp = 0;
  await read();
  expect(asked).toEqual(["replica", "writer", "replica", "replica", "writer"]);
});

onPostgres("18", (server) => {
  test("a store with a pool for reads sees its own writes, and goes on when that pool is gone", async () => {
    const { connectionString } = server();
    const pool = new pg.Pool({ connectionString });
    const readPool = new pg.Pool({ connectionString, options: "-c default_transaction_read_only=on" });
    const engine = postgresEngine({ pool, readPool, schemaName: freshSchema() });
    await engine.converge([rows]);
    for (let n = 0; n < 10; n++) {
      await engine.write([upsert(rows, { id: "a", n })]);
      for (let times = 0; times < 3; times++) {
        const [{ rows: found }] = await engine.read([get(rows, [["a"]])]);
        expect(found[0]?.n).toBe(n);
      }
    }
    expect(readPool.totalCount).toBeGreaterThan(0);
    await readPool.end();
    await engine.write([patch(rows, ["a"], { raise: { n: 0 } })]);
    const [{ rows: found }] = await engine.read([get(rows, [["a"]])]);
    expect(found[0]?.n).toBe(10);
    await engine.close();
    await pool.end();
  });
});
