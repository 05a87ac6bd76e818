import { get, insert } from "@stowage/core/engine";
import { exportSchemas, MemoryMSSQL, MSSQLStore, mssqlEngine } from "@stowage/mssql";
import sql from "mssql";
import { describe, expect, test } from "vitest";
import { recordingPool } from "./recording-pool.ts";
import { notes } from "./shapes.ts";

const make = (options: Record<string, unknown>) => () => new MSSQLStore({ id: "s", ...options } as never);
const address = { server: "h", database: "d", user: "u", password: "p" };
const configOf = (options: Record<string, unknown>) =>
  (make(options)().pool as unknown as { config: sql.config & { options: Record<string, unknown> } }).config;

describe("options", () => {
  for (const id of [undefined, "", "  "]) {
    test(`an id of ${JSON.stringify(id)} is refused`, () => {
      expect(make({ id, ...address })).toThrow("MSSQLStore: id must be provided and cannot be empty.");
    });
  }

  for (const connectionString of ["", "  ", undefined, null, 5]) {
    test(`a connection string of ${JSON.stringify(connectionString)} is refused by name`, () => {
      expect(make({ connectionString })).toThrow("connectionString must be provided");
    });
  }

  for (const key of ["server", "database", "user", "password"]) {
    for (const value of ["", " ", undefined]) {
      test(`a ${key} of ${JSON.stringify(value)} is refused by name`, () => {
        expect(make({ ...address, [key]: value })).toThrow(`${key} must be provided`);
      });
    }
  }

  for (const pool of [undefined, null, {}, "pool"]) {
    test(`a pool of ${JSON.stringify(pool)} is refused`, () => {
      expect(make({ pool })).toThrow("pool must be");
    });
  }

  test("an undefined form beside a complete other one is passed over", () => {
    expect(make({ connectionString: undefined, ...address })).not.toThrow();
    expect(make({ connectionString: undefined, pool: recordingPool() })).not.toThrow();
    expect(make({ pool: undefined, ...address })).not.toThrow();
  });

  test("no form at all names them all", () => {
    expect(make({})).toThrow(/^.*invalid config.*Provide either.*pool.*connectionString.*server.*$/);
  });

  test("errors have no cause and hold no password", () => {
    for (const options of [
      { ...address, password: "secret", schemaName: "a b" },
      { connectionString: "Password=secret;Server" },
    ]) {
      try {
        make(options)();
        expect.unreachable();
      } catch (error) {
        expect((error as Error).cause).toBeUndefined();
        expect(String((error as Error).stack)).not.toContain("secret");
      }
    }
  });

  for (const schemaName of ["", "a b", "a]b", "a.b", "1a", "a;drop", "a".repeat(129), 5]) {
    test(`a schema name of ${JSON.stringify(schemaName)} is refused`, () => {
      expect(make({ ...address, schemaName })).toThrow("schemaName must be a plain identifier");
    });
  }

  for (const index of [
    {},
    { name: "a" },
    { name: "a b", table: "t", columns: ["c"] },
    { name: "a", table: "t", columns: [] },
  ]) {
    test(`an index of ${JSON.stringify(index)} is refused`, () => {
      expect(make({ ...address, indexes: [index] })).toThrow("of an index");
    });
  }

  test("columns of an index are names, not expressions", () => {
    const index = { name: "a", table: "t", columns: ["x); DROP TABLE t; --"] };
    expect(make({ ...address, indexes: [index] })).toThrow("columns of an index");
  });

  test("an option of an index that has no meaning here is told by name", () => {
    const lines: string[] = [];
    const indexes = [{ name: "mine", table: "notes", columns: ["at"], method: "hash" }];
    mssqlEngine({ pool: recordingPool(), indexes }, { logger: { warn: (line) => lines.push(line) } });
    expect(lines).toEqual(["stowage: method of the index mine has no meaning here"]);
  });
});

describe("the connection of one's own", () => {
  test("is encrypted and verified, but for this machine", () => {
    expect(configOf(address).options).toMatchObject({ encrypt: true, trustServerCertificate: false });
    for (const server of ["localhost", "127.0.0.1", "(local)", "::1", "localhost\\SQLEXPRESS"]) {
      expect(configOf({ ...address, server }).options).toMatchObject({ encrypt: true, trustServerCertificate: true });
    }
  });

  test("takes the options given as they are, a connection string's too", () => {
    expect(configOf({ ...address, options: { encrypt: false } }).options).toMatchObject({ encrypt: false });
    expect(configOf({ ...address, encrypt: false }).options).toMatchObject({ encrypt: false });
    expect(
      configOf({ ...address, server: "localhost", options: { trustServerCertificate: false } }).options,
    ).toMatchObject({
      ...{ encrypt: true, trustServerCertificate: false },
    });
    expect(configOf({ ...address, options: { requestTimeout: 5, pool: { max: 3 } } })).toMatchObject({
      ...{ pool: { max: 3 }, options: { encrypt: true, requestTimeout: 5 } },
    });
    const text = "Server=db.example,1444;Database=d;User Id=u;Password=p";
    expect(configOf({ connectionString: text })).toMatchObject({
      server: "db.example",
      port: 1444,
      database: "d",
      user: "u",
    });
    expect(configOf({ connectionString: text }).options).toMatchObject({
      encrypt: true,
      trustServerCertificate: false,
    });
    expect(configOf({ connectionString: `${text};TrustServerCertificate=true` }).options).toMatchObject({
      trustServerCertificate: true,
    });
    const local = "Server=localhost,1444;Database=d;User Id=u;Password=p";
    expect(configOf({ connectionString: local }).options).toMatchObject({ trustServerCertificate: true });
    // What options say joins what the string says.
    const options = { requestTimeout: 5 };
    expect(configOf({ connectionString: `${local};Encrypt=false`, options }).options).toMatchObject({
      ...{ encrypt: false, requestTimeout: 5 },
    });
  });

  test("the pool and the schema are properties", () => {
    const pool = recordingPool();
    expect(make({ pool })().pool).toBe(pool);
    expect(make({ pool })().schema).toBe("dbo");
    expect(make({ ...address, schemaName: "agents" })().schema).toBe("agents");
    expect(make(address)().pool).toBeInstanceOf(sql.ConnectionPool);
  });
});

describe("a pool given", () => {
  test("is connected at the first use when it is not, and never closed", async () => {
    const calls: string[] = [];
    const inner = recordingPool();
    const pool = {
      ...inner,
      connected: false,
      connect: async () => void calls.push("connect"),
      close: async () => void calls.push("close"),
    };
    const engine = mssqlEngine({ pool });
    expect(calls).toEqual([]);
    await engine.converge([notes], { dryRun: true });
    await engine.close();
    expect(calls).toEqual(["connect"]);
  });

  test("answers as the engine needs it, whatever its own defaults are, and waits long for work on the schema", async () => {
    const requests: { limits: unknown; stream?: boolean; arrayRowMode?: boolean }[] = [];
    const inner = recordingPool();
    const pool = {
      ...inner,
      request(limits?: { readonly requestTimeout: number }) {
        const request = { ...inner.request(), limits, stream: true, arrayRowMode: false };
        requests.push(request);
        return request;
      },
    };
    await mssqlEngine({ pool }).converge([notes], { dryRun: true });
    expect(requests).toHaveLength(2);
    expect(requests.map(({ stream, arrayRowMode }) => [stream, arrayRowMode])).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(requests[1]?.limits).toEqual({ requestTimeout: 180_000 });
  });

  test("that sends nothing over a broken connection leaves nothing open about a write", async () => {
    const inner = recordingPool();
    let isBroken = false;
    const pool = {
      ...inner,
      request: () => ({
        ...inner.request(),
        async query(text: string) {
          if (!isBroken) return inner.request().query(text);
          throw new sql.RequestError("Requests can only be made in the LoggedIn state", "EINVALIDSTATE" as never);
        },
      }),
    };
    const engine = mssqlEngine({ pool });
    await engine.converge([notes], { dryRun: true });
    isBroken = true;
    const write = engine.write([insert(notes, { id: "a", at: 0, text: "" })]);
    await expect(write).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
  });

  test("whose database keeps versions of rows no more is read under locks from then on", async () => {
    const inner = recordingPool();
    const texts: string[] = [];
    const pool = {
      ...inner,
      request: () => ({
        ...inner.request(),
        async query(text: string) {
          texts.push(text);
          const columns = ["snapshot", "statement", "level"].map((name) => ({ name, type: undefined }));
          if (text.includes("sys.databases")) return { recordsets: [Object.assign([[1, 0, 160]], { columns })] };
          if (!text.includes("LEVEL SNAPSHOT")) return { recordsets: [Object.assign([], { columns: [] })] };
          throw Object.assign(new Error("Snapshot isolation transaction failed accessing database"), {
            name: "RequestError",
            number: 3952,
          });
        },
      }),
    };
    const engine = mssqlEngine({ pool });
    const read = () => engine.read([get(notes, [["a"], ["b"]])]);
    await expect(read()).rejects.toMatchObject({ code: "busy", retry: "temporary" });
    await read();
    expect(texts.at(-1)).toContain("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  });

  test("serves a domain alone", () => {
    expect(new MemoryMSSQL({ pool: recordingPool() })).toBeInstanceOf(MemoryMSSQL);
  });
});

test("exportSchemas gives the tables of all domains without a connection", () => {
  const script = exportSchemas("agents");
  expect(script).toContain("CREATE SCHEMA [agents]");
  // Without it a filtered index is refused, and sqlcmd does not have it.
  expect(script).toMatch(/^SET .*QUOTED_IDENTIFIER ON;/);
  for (const table of ["mastra_threads", "mastra_messages", "mastra_workflow_snapshot", "mastra_ai_spans"]) {
    expect(script).toContain(`CREATE TABLE [agents].[${table}]`);
  }
  expect(script).not.toMatch(/\bTEXT\b|DATETIME\b(?!2)|MERGE/);
});
