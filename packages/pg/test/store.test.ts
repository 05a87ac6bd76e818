import { exportSchemas, MemoryPG, PoolAdapter, PostgresStore } from "@stowage/pg";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const make = (options: Record<string, unknown>) => () => new PostgresStore({ id: "s", ...options } as never);
const address = { host: "h", database: "d", user: "u", password: "p" };

describe("options", () => {
  for (const id of [undefined, "", "  "]) {
    test(`an id of ${JSON.stringify(id)} is refused`, () => {
      expect(make({ id, connectionString: "postgres://u@h/d" })).toThrow(
        "PostgresStore: id must be provided and cannot be empty.",
      );
    });
  }

  for (const connectionString of ["", "  ", undefined, null, 5]) {
    test(`a connection string of ${JSON.stringify(connectionString)} is refused by name`, () => {
      expect(make({ connectionString })).toThrow("connectionString must be provided and cannot be empty");
    });
  }

  test("an undefined connection string beside a complete other form is passed over", () => {
    expect(make({ connectionString: undefined, ...address })).not.toThrow();
    expect(make({ connectionString: undefined, pool: new pg.Pool() })).not.toThrow();
  });

  for (const key of ["host", "database", "user", "password"]) {
    for (const value of ["", " ", undefined]) {
      test(`a ${key} of ${JSON.stringify(value)} is refused by name`, () => {
        expect(make({ ...address, [key]: value })).toThrow(`${key} must be provided`);
      });
    }
  }

  for (const key of ["host", "database", "user"]) {
    test(`a blank ${key} beside a password function is refused by name`, () => {
      const password = async () => "token";
      expect(make({ ...address, password })).not.toThrow();
      expect(make({ ...address, password, [key]: " " })).toThrow(`${key} must be provided`);
    });
  }

  for (const key of ["pool", "writePool", "client"]) {
    for (const value of [undefined, null, {}, "pool"]) {
      test(`a ${key} of ${JSON.stringify(value)} is refused`, () => {
        expect(make({ [key]: value })).toThrow(`${key} must be`);
      });
    }
  }

  test("no form at all names them all, in order and on one line", () => {
    expect(make({})).toThrow(/^.*invalid config.*Provide either.*pool.*connectionString.*host.*$/);
  });

  test("errors have no cause and hold no password", () => {
    try {
      make({ ...address, password: "secret", schemaName: "a b" })();
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).cause).toBeUndefined();
      expect(String((error as Error).stack)).not.toContain("secret");
    }
  });

  for (const schemaName of ["", "a b", 'a"b', "a.b", "1a", "a;drop", "a".repeat(64), 5]) {
    test(`a schema name of ${JSON.stringify(schemaName)} is refused`, () => {
      expect(make({ connectionString: "postgres://u@h/d", schemaName })).toThrow(
        "schemaName must be a plain identifier",
      );
    });
  }

  test("a stream or a password function makes any configuration of the client one of ours", () => {
    expect(make({ stream: () => undefined, user: "u", database: "d" })).not.toThrow();
    expect(make({ password: () => "p", host: "h", user: "u", database: "d" })).not.toThrow();
  });

  for (const index of [
    {},
    { name: "a" },
    { name: "a b", table: "t", columns: ["c"] },
    { name: "a", table: "t", columns: [] },
  ]) {
    test(`an index of ${JSON.stringify(index)} is refused`, () => {
      expect(make({ connectionString: "postgres://u@h/d", indexes: [index] })).toThrow("of an index");
    });
  }

  test("columns of an index are names, not expressions", () => {
    const index = { name: "a", table: "t", columns: ["x); DROP TABLE t; --"] };
    expect(make({ connectionString: "postgres://u@h/d", indexes: [index] })).toThrow("columns of an index");
  });
});

describe("exportSchemas", () => {
  test("gives the tables of all domains without a connection", () => {
    const sql = exportSchemas("agents");
    expect(sql).toContain('CREATE SCHEMA IF NOT EXISTS "agents"');
    for (const table of ["mastra_threads", "mastra_messages", "mastra_workflow_snapshot", "mastra_ai_spans"]) {
      expect(sql).toContain(`CREATE TABLE IF NOT EXISTS "agents"."${table}"`);
    }
    expect(sql).not.toMatch(/jsonb|timestamp without/);
  });
});

onPostgres("18", (server) => {
  const url = () => server().connectionString;

  test("what exportSchemas gives is what init would make", async () => {
    const pool = new pg.Pool({ connectionString: url() });
    const schemaName = freshSchema();
    await pool.query(exportSchemas(schemaName));
    const storage = new PostgresStore({ id: "s", pool, schemaName });
    const inner = storage.engine;
    const tables = [
      ...new Set(
        Object.values(storage.stores).flatMap(
          (store) => (store as never as { constructor: { tables: never[] } }).constructor.tables,
        ),
      ),
    ];
    expect((await inner.converge(tables)).statements).toEqual([]);
    await storage.close();
    await pool.end();
  });

  test("an injected pool is the property and is never closed", async () => {
    const pool = new pg.Pool({ connectionString: url() });
    const storage = new PostgresStore({ id: "s", pool, schemaName: freshSchema() });
    await storage.init();
    expect(storage.pool).toBe(pool);
    expect(storage.schema).toMatch(/^t/);
    await storage.close();
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  test("a pool of one's own is made from the address and closed", async () => {
    const { port } = server();
    const options = { host: "127.0.0.1", port, database: "postgres", user: "stowage", password: "unused" };
    const storage = new PostgresStore({ id: "s", ...options, schemaName: freshSchema() });
    const { pool } = storage;
    await storage.init();
    await storage.close();
    await expect(pool.connect()).rejects.toThrow();
  });

  test("a password function and a stream are handed to the client", async () => {
    const { port } = server();
    let streams = 0;
    const { Socket } = await import("node:net");
    const storage = new PostgresStore({
      id: "s",
      ...{ host: "127.0.0.1", port, database: "postgres", user: "stowage", schemaName: freshSchema() },
      password: async () => "unused",
      stream: () => {
        streams++;
        return new Socket();
      },
    });
    await storage.init();
    expect(streams).toBeGreaterThan(0);
    await storage.close();
  });

  test("a domain class stands alone, on a pool, a string, or a client that carries its pool", async () => {
    const schemaName = freshSchema();
    const pool = new pg.Pool({ connectionString: url() });
    const forms = [
      { pool },
      { connectionString: url() },
      { client: new PoolAdapter(pool as never) },
      { writePool: pool },
    ];
    for (const [index, form] of forms.entries()) {
      const memory = new MemoryPG({ ...form, schemaName });
      const now = new Date();
      await memory.saveThread({
        thread: { id: `t${index}`, resourceId: "r", title: "", metadata: {}, createdAt: now, updatedAt: now },
      });
      expect((await memory.getThreadById({ threadId: `t${index}` }))?.id).toBe(`t${index}`);
      await memory.close();
    }
    await pool.end();
  });

  test("statements of one's own go over db, also in a transaction", async () => {
    const storage = new PostgresStore({ id: "s", connectionString: url(), schemaName: freshSchema() });
    await storage.init();
    const { db } = storage;
    const table = `"${storage.schema}".own`;
    await db.none(`CREATE TABLE ${table} (n int)`);
    await db.tx((tx) => tx.none(`INSERT INTO ${table} VALUES ($1)`, [1]));
    await expect(
      db.tx(async (tx) => {
        await tx.none(`INSERT INTO ${table} VALUES (2)`);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    const broken = db.tx(async (tx) => {
      await tx.none(`INSERT INTO ${table} VALUES (3)`);
      await tx.none("SELECT pg_terminate_backend(pg_backend_pid())");
    });
    await expect(broken).rejects.toMatchObject({ code: "57P01" });
    expect(await db.one(`SELECT * FROM ${table}`)).toEqual({ n: 1 });
    expect(await db.oneOrNone(`SELECT * FROM ${table} WHERE n = 2`)).toBeNull();
    await expect(db.many(`SELECT * FROM ${table} WHERE n = 2`)).rejects.toThrow();
    await storage.close();
  });
});
