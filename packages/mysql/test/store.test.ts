import { exportSchemas, MemoryMySQL, MySQLStore } from "@stowage/mysql";
import core from "mysql2";
import mysql from "mysql2/promise";
import { describe, expect, test } from "vitest";
import { freshDatabase, onMariadb, urlOf } from "./server.ts";

const make = (options: Record<string, unknown>) => () => new MySQLStore({ id: "s", ...options } as never);
const address = { host: "h", database: "d", user: "u" };

describe("options", () => {
  for (const id of ["", "  ", null]) {
    test(`an id of ${JSON.stringify(id)} is refused`, () => {
      expect(make({ id, connectionString: "mysql://u@h/d" })).toThrow(
        "MySQLStore: id must be provided and cannot be empty.",
      );
    });
  }

  test("without an id it is `mysql`", () => {
    expect(new MySQLStore({ connectionString: "mysql://u@h/d" }).id).toBe("mysql");
  });

  for (const connectionString of ["", "  ", undefined, null, 5]) {
    test(`a connection string of ${JSON.stringify(connectionString)} is refused by name`, () => {
      expect(make({ connectionString })).toThrow("connectionString must be provided and cannot be empty");
    });
  }

  for (const connectionString of ["h/d", "postgres://u@h/d", "mysql://u@h"]) {
    test(`a connection string like ${connectionString} is refused`, () => {
      expect(make({ connectionString })).toThrow(/connectionString (is|must)|database must be provided/);
    });
  }

  test("an undefined connection string beside a complete other form is passed over", () => {
    expect(make({ connectionString: undefined, ...address })).not.toThrow();
    expect(make({ connectionString: undefined, pool: core.createPool({ host: "h" }) })).not.toThrow();
  });

  test("the database may stand beside the connection string, which mariadb:// may begin as well", () => {
    expect(make({ connectionString: "mariadb://u:p@h:3307", database: "d" })).not.toThrow();
  });

  for (const key of ["host", "database", "user"]) {
    for (const value of ["", " ", undefined]) {
      test(`a ${key} of ${JSON.stringify(value)} is refused by name`, () => {
        expect(make({ ...address, [key]: value })).toThrow(`${key} must be provided`);
      });
    }
  }

  for (const value of [undefined, null, {}, "pool"]) {
    test(`a pool of ${JSON.stringify(value)} is refused`, () => {
      expect(make({ pool: value })).toThrow("pool must be");
    });
  }

  test("no form at all names them all, in order and on one line", () => {
    expect(make({})).toThrow(/^.*invalid config.*Provide either.*pool.*connectionString.*host.*$/);
  });

  test("errors have no cause and hold no password", () => {
    for (const options of [
      { ...address, password: "secret", prefix: "a b" },
      { connectionString: "mysql//u:secret@h/d" },
    ]) {
      try {
        make(options)();
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).cause).toBeUndefined();
        expect(String((error as Error).stack)).not.toContain("secret");
      }
    }
  });

  for (const index of [
    {},
    { name: "a" },
    { name: "a b", table: "t", columns: ["c"] },
    { name: "a", table: "t", columns: [] },
    { name: "a", table: "t", columns: ["x); DROP TABLE t; --"] },
    { name: "a", table: "t", columns: ["x"], kind: "hash" },
  ]) {
    test(`an index of ${JSON.stringify(index)} is refused`, () => {
      expect(make({ ...address, indexes: [index] })).toThrow("of an index");
    });
  }
});

describe("exportSchemas", () => {
  test("gives the tables of all domains without a connection", () => {
    const sql = exportSchemas("mine_");
    for (const table of ["mastra_threads", "mastra_messages", "mastra_workflow_snapshot", "mastra_ai_spans"]) {
      expect(sql).toContain(`CREATE TABLE IF NOT EXISTS \`mine_${table}\``);
    }
    expect(sql).not.toMatch(/ JSON| DATETIME| TIMESTAMP/);
  });
});

onMariadb((server) => {
  const url = async () => urlOf(server(), await freshDatabase(server()));
  const thread = (id: string) => {
    const now = new Date();
    return { id, resourceId: "r", title: "", metadata: {}, createdAt: now, updatedAt: now };
  };

  test("what exportSchemas gives is what init would make", async () => {
    const uri = await url();
    const pool = mysql.createPool({ uri, multipleStatements: true });
    await pool.query(exportSchemas());
    const storage = new MySQLStore({ pool });
    const tables = [
      ...new Set(
        Object.values(storage.stores).flatMap(
          (store) => (store as never as { constructor: { tables: never[] } }).constructor.tables,
        ),
      ),
    ];
    expect((await storage.engine.converge(tables)).statements).toEqual([]);
    await storage.close();
    await pool.end();
  });

  test("an injected pool is the property and is never closed", async () => {
    const pool = core.createPool({ uri: await url(), multipleStatements: true });
    const storage = new MySQLStore({ id: "s", pool });
    await storage.init();
    expect(storage.pool).toBe(pool);
    await storage.close();
    const [rows] = await pool.promise().query("SELECT 1 AS one");
    expect(rows).toEqual([{ one: 1 }]);
    await pool.promise().end();
  });

  test("a pool of one's own is made from the address and closed", async () => {
    const { port } = server();
    const database = await freshDatabase(server());
    const storage = new MySQLStore({ host: "127.0.0.1", port, database, user: "stowage" });
    const { pool } = storage;
    await storage.init();
    await storage.close();
    const error = await new Promise((resolve) => pool.getConnection(resolve));
    expect(String(error)).toContain("closed");
  });

  test("a domain class stands alone, on a pool of either kind, a string or an address", async () => {
    const uri = await url();
    const { port } = server();
    const pools = [core.createPool(uri), mysql.createPool(uri)] as const;
    const host = { host: "127.0.0.1", port, user: "stowage", database: new URL(uri).pathname.slice(1) };
    const forms = [{ pool: pools[0] }, { pool: pools[1] }, { connectionString: uri }, host];
    for (const [index, form] of forms.entries()) {
      const memory = new MemoryMySQL(form);
      await memory.saveThread({ thread: thread(`t${index}`) });
      expect((await memory.getThreadById({ threadId: `t${index}` }))?.id).toBe(`t${index}`);
      await memory.close();
    }
    await pools[0].promise().end();
    await pools[1].end();
  });

  test("values of many megabytes, which no request holds, come back as they were", { timeout: 120_000 }, async () => {
    const storage = new MySQLStore({ connectionString: await url() });
    const memory = await storage.getStore("memory");
    await memory?.saveThread({ thread: thread("t") });
    const text = 'a "quoted" line\n'.repeat(1_300_000);
    const message = {
      ...{ id: "m", threadId: "t", resourceId: "r", role: "user" as const, createdAt: new Date() },
      content: { format: 2 as const, parts: [{ type: "text" as const, text }] },
    };
    await memory?.saveMessages({ messages: [message] });
    const { messages = [] } = (await memory?.listMessages({ threadId: "t" })) ?? {};
    expect(messages[0]?.content.parts[0]).toEqual({ type: "text", text });
    await storage.close();
  });
});
