import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { MastraCompositeStore, MastraStorage } from "@stowage/core";
import { insert, upsert } from "@stowage/core/engine";
import { fd } from "@stowage/testkit";
import { TcpProxy } from "@stowage/testkit/engines";
import { describe, expect, test, vi } from "vitest";
import { ClickhouseEngine, clickhouseEngine } from "../src/engine.ts";
import { ClickhouseStore, type ClickhouseStoreOptions, MemoryStorageClickhouse } from "../src/index.ts";
import { intervalUnits } from "../src/options.ts";
import { freshDatabase } from "./harness.ts";
import { note, notes } from "./notes.ts";
import { onClickhouse } from "./server.ts";

const login = { username: "default", password: "" };

describe("the store", () => {
  test("is a storage object with seven domains, and opens nothing by itself", () => {
    const store = new ClickhouseStore({ id: "a", url: "http://127.0.0.1:1", ...login });
    expect(store).toBeInstanceOf(MastraCompositeStore);
    expect(store).toBeInstanceOf(MastraStorage);
    expect(Object.keys(store.stores).sort()).toEqual(
      ["agents", "datasets", "experiments", "memory", "observability", "scores", "workflows"].sort(),
    );
    expect(MemoryStorageClickhouse.name).toBe("MemoryStorageClickhouse");
    expect(store.stores.memory).toBeInstanceOf(MemoryStorageClickhouse);
  });

  test("names what is missing", () => {
    expect(() => new ClickhouseStore({ id: "", url: "x", ...login })).toThrow(
      /id must be provided and cannot be empty/,
    );
    expect(() => new ClickhouseStore({ id: "a", url: "", ...login })).toThrow(/ClickhouseStore: url is required/);
    expect(() => new MemoryStorageClickhouse({ url: "x", username: "u" } as never)).toThrow(
      /password must be a string/,
    );
  });

  test("says that nobody is there", async () => {
    const store = new ClickhouseStore({ id: "a", url: "http://127.0.0.1:1", ...login });
    await expect(store.stores.memory?.getThreadById({ threadId: "t" })).rejects.toMatchObject({
      code: "unavailable",
      details: { domain: "memory", operation: "getThreadById" },
    });
    await store.close();
  });

  test("a time to live that cannot be kept is refused, and one of no table is warned of", () => {
    const store = (ttl: ClickhouseStoreOptions["ttl"]) =>
      new ClickhouseStore({ id: "a", url: "http://127.0.0.1:1", ...login, ...(ttl && { ttl }) });
    const row = { interval: 1, unit: "DAY" } as const;
    expect(() => store({ mastra_messages: { row: { ...row, ttlKey: "nothing" } } })).toThrow(/no column nothing/);
    expect(() => store({ mastra_messages: { row: { ...row, ttlKey: "role" } } })).toThrow(
      /no instant that every row has/,
    );
    expect(() => store({ mastra_messages: { columns: { nothing: row } } })).toThrow(/no column nothing/);
    expect(() => store({ mastra_messages: { row: { interval: 51, unit: "YEAR" } } })).toThrow(/50 years at most/);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    store({ mastra_messages: { row }, mastra_nothing: { row } });
    expect(warn.mock.calls).toEqual([
      ["ClickhouseStore: ttl names mastra_nothing, which no table is called; it has no effect"],
    ]);
    warn.mockRestore();
  });

  test("makes tables on a cluster when told so", async () => {
    const engine = new ClickhouseEngine({
      url: "http://127.0.0.1:1",
      ...login,
      replication: { cluster: "main", zookeeperPath: "/stowage/{shard}/{table}" },
    });
    const { createMain } = await import("../src/schema/definition.ts");
    const { TableMapping } = await import("../src/mapping.ts");
    const replication = { cluster: "main", zookeeperPath: "/stowage/{shard}/{table}", replicaName: "{replica}" };
    const text = createMain(new TableMapping(notes, ""), { prefix: "", replication });
    expect(text).toContain("ON CLUSTER 'main'");
    expect(text).toContain("ReplicatedReplacingMergeTree('/stowage/{shard}/{table}', '{replica}', _rev, _deleted)");
    await engine.close();
  });
});

onClickhouse((server) => {
  const quietClient = (database: string) =>
    createClient({ url: server().url, database, log: { level: ClickHouseLogLevel.OFF } });
  const fresh = async () => {
    const database = freshDatabase();
    const admin = createClient({ url: server().url });
    await admin.command({ query: `CREATE DATABASE ${database}` });
    await admin.close();
    return database;
  };

  test("a client that was given is left open", async () => {
    const client = quietClient(await fresh());
    const store = new ClickhouseStore({ id: "a", client });
    const memory = await store.getStore("memory");
    await memory?.saveResource({ resource: { id: "r", createdAt: new Date(), updatedAt: new Date() } });
    expect(await memory?.getResourceById({ resourceId: "r" })).toMatchObject({ id: "r" });
    await store.optimizeTable({ tableName: "mastra_resources" });
    expect(await memory?.getResourceById({ resourceId: "r" })).toMatchObject({ id: "r" });
    await expect(async () => store.optimizeTable({ tableName: "nothing" })).rejects.toThrow(/no table nothing/);
    await store.close();
    expect((await client.ping()).success).toBe(true);
    await client.close();
  });

  fd("FD-151", "the largest value of a field comes back as it was", async () => {
    const engine = clickhouseEngine({ url: server().url, ...login, database: await fresh() });
    await engine.converge([notes]);
    const body = "x".repeat(64 * 2 ** 20);
    await engine.write([insert(notes, note("large", { body }))]);
    const [{ rows }] = await engine.read([{ op: "get", table: notes, keys: [["large"]] }]);
    expect(rows[0]?.body === body).toBe(true);
    await expect(engine.write([insert(notes, note("larger", { body: `${body}x` }))])).rejects.toMatchObject({
      code: "too_large",
    });
    await engine.close();
  });

  test("the schema of all domains takes one request to check", async () => {
    const database = await fresh();
    const first = new ClickhouseStore({ id: "a", url: server().url, ...login, database });
    await first.init();
    await first.close();
    const client = quietClient(database);
    let requests = 0;
    const counting = new Proxy(client, {
      get(target, name) {
        const value = target[name as keyof typeof target];
        if (typeof value !== "function") return value;
        if (["query", "command", "insert"].includes(String(name))) {
          return (...args: unknown[]) => {
            requests++;
            return (value as (...args: unknown[]) => unknown).apply(target, args);
          };
        }
        return value.bind(target);
      },
    });
    const second = new ClickhouseStore({ id: "a", client: counting });
    await second.init();
    expect(requests).toBe(1);
    await second.close();
    await client.close();
  });

  test("rows are left out when their time to live is over, merged or not", async () => {
    const database = await fresh();
    const ttl = { [notes.name]: { row: { interval: 1, unit: "DAY", ttlKey: "at" } } } as const;
    const engine = clickhouseEngine({ url: server().url, ...login, database, ttl });
    await engine.converge([notes]);
    expect((await engine.converge([notes])).statements).toEqual([]);
    await engine.write([insert(notes, note("old", { at: Date.now() - 2 * 86_400_000 })), insert(notes, note("new"))]);
    const [{ rows }, byKey, counted] = await engine.read([
      { op: "find", table: notes, path: "byTime", eq: { owner: "o" } },
      { op: "get", table: notes, keys: [["old"], ["new"]] },
      { op: "count", table: notes, path: "byTime", eq: { owner: "o" } },
    ]);
    expect(rows.map(({ id }) => id)).toEqual(["new"]);
    expect(byKey.rows.map((row) => row?.id)).toEqual([undefined, "new"]);
    expect(counted.count).toBe(1);
    await engine.close();
  });

  test("a time to live of any unit counts from any instant, of which some are no DateTime", async () => {
    const database = await fresh();
    const client = quietClient(database);
    for (const unit of intervalUnits) {
      const ttl = { [notes.name]: { row: { interval: 3, unit, ttlKey: "at" } } } as const;
      const engine = new ClickhouseEngine({ client, prefix: `${unit}_`, ttl });
      await engine.converge([notes]);
      const years = { longAgo: 1850, before: 1960, far: 2107, further: 2500 };
      await engine.write(
        Object.entries(years).map(([id, year]) => upsert(notes, note(id, { at: Date.UTC(year, 5, 1) }))),
        { atomic: false },
      );
      const left = async () =>
        (await engine.read([{ op: "find", table: notes, path: "byTime", eq: { owner: "o" } }]))[0].rows.map(
          ({ id }) => id,
        );
      expect(await left()).toEqual(["far", "further"]);
      await engine.optimize(notes);
      expect(await left()).toEqual(["far", "further"]);
    }
    await client.close();
  });

  fd("FD-138", "a table that was made anew has its paths and its time to live again", async () => {
    const client = quietClient(await fresh());
    const ttl = { [notes.name]: { row: { interval: 1, unit: "DAY", ttlKey: "at" } } } as const;
    const engine = clickhouseEngine({ client, ttl }, { smallTable: 0 });
    await engine.converge([notes]);
    const rule = async () => {
      const query = `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = '${notes.name}'`;
      const found = await client.query({ query, format: "JSONCompactEachRow" });
      return /TTL .* SETTINGS/.exec((await found.json<[string]>())[0]?.[0] ?? "")?.[0];
    };
    const first = await rule();
    expect(first).toContain("TTL");
    for (const lost of [
      `DROP TABLE ${notes.name} SYNC`,
      `ALTER TABLE ${notes.name} REMOVE TTL`,
      `DROP TABLE ${notes.name}_entries SYNC; DROP TABLE ${notes.name} SYNC`,
    ]) {
      for (const query of lost.split("; ")) await client.command({ query });
      await engine.converge([notes]);
      expect(await rule()).toBe(first);
      expect((await engine.converge([notes])).statements).toEqual([]);
      await engine.write([upsert(notes, note(`after ${lost}`, { owner: lost }))]);
      const [{ rows }] = await engine.read([{ op: "find", table: notes, path: "byTime", eq: { owner: lost } }]);
      expect(rows).toHaveLength(1);
    }
    await client.close();
  });

  test("replication is refused for tables that are there already and have none", async () => {
    const client = quietClient(await fresh());
    await clickhouseEngine({ client }).converge([notes]);
    const replicated = clickhouseEngine({ client, replication: {} });
    await expect(replicated.converge([notes])).rejects.toMatchObject({
      code: "schema",
      statusWord: "LOCAL_TABLE",
      message: expect.stringContaining("is not replicated"),
    });
    await client.close();
  });

  test("rows of another library are refused, not changed; an empty table of its is replaced", async () => {
    const database = await fresh();
    const client = quietClient(database);
    await client.command({ query: `CREATE TABLE ${notes.name} (id String) ENGINE = MergeTree ORDER BY id` });
    await client.command({ query: `INSERT INTO ${notes.name} VALUES ('theirs')` });
    const engine = clickhouseEngine({ client });
    await expect(engine.converge([notes])).rejects.toMatchObject({ code: "schema" });
    const found = await client.query({ query: `SELECT id FROM ${notes.name}`, format: "JSONCompactEachRow" });
    expect(await found.json()).toEqual([["theirs"]]);
    await client.command({ query: `TRUNCATE TABLE ${notes.name}` });
    await engine.converge([notes]);
    await engine.write([insert(notes, note("ours"))]);
    expect((await engine.converge([notes])).statements).toEqual([]);
    await client.close();
  });

  test("a connection that is cut at any byte loses nothing acknowledged, and half a row is never seen", async () => {
    const database = await fresh();
    const proxy = new TcpProxy(server().port);
    await proxy.listen();
    const engine = new ClickhouseEngine({
      url: `http://127.0.0.1:${proxy.port}`,
      ...login,
      database,
      keep_alive: { enabled: false },
    });
    await engine.converge([notes]);
    const write = (id: string) =>
      engine.write([{ op: "put", table: notes, row: note(id), mode: "upsert" }], { atomic: false });
    proxy.arm(undefined);
    await write("measure");
    const { client: sent, server: answered } = proxy.counted;
    for (const [from, total] of [
      ["client", sent],
      ["server", answered],
    ] as const) {
      for (let part = 0; part < 6; part++) {
        const id = `${from}${part}`;
        proxy.arm({ from, after: Math.floor((total * part) / 6) });
        const outcome = await write(id).then(
          () => "written",
          (error: { code: string }) => error.code,
        );
        proxy.arm(undefined);
        const [{ rows }] = await engine.read([{ op: "get", table: notes, keys: [[id]] }]);
        const [walk] = await engine.read([{ op: "find", table: notes, path: "byTime", eq: { owner: "o" } }]);
        expect(walk.rows.some((row) => row.id === id)).toBe(rows[0] !== undefined);
        if (outcome === "written") expect(rows[0]).toBeDefined();
        else expect(["unknown_outcome", "unavailable"]).toContain(outcome);
        if (outcome === "unavailable") expect(rows[0]).toBeUndefined();
      }
    }
    await engine.close();
    await proxy.close();
  });

  fd("FD-033", "a write that is sent again is not written twice", async () => {
    const database = await fresh();
    const client = quietClient(database);
    let lost = 0;
    const losing = new Proxy(client, {
      get(target, name) {
        const value = target[name as keyof typeof target];
        if (name !== "insert") return typeof value === "function" ? value.bind(target) : value;
        return async (args: Parameters<typeof client.insert>[0]) => {
          const result = await client.insert(args);
          if (lost++ === 0) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
          return result;
        };
      },
    });
    const engine = clickhouseEngine({ client: losing });
    await engine.converge([notes]);
    await engine.write([insert(notes, note("a"))]);
    expect(lost).toBe(2);
    const found = await client.query({ query: `SELECT count() FROM ${notes.name}`, format: "JSONCompactEachRow" });
    expect(await found.json()).toEqual([[1]]);
    await client.close();
  });

  test.each([
    [252, "TOO_MANY_PARTS"],
    [202, "TOO_MANY_SIMULTANEOUS_QUERIES"],
    [159, "TIMEOUT_EXCEEDED"],
  ])("a server that is busy for a moment (%i) is asked again", async (number, type) => {
    const database = await fresh();
    const client = quietClient(database);
    let refused = 0;
    const busy = new Proxy(client, {
      get(target, name) {
        const value = target[name as keyof typeof target];
        if (name !== "insert") return typeof value === "function" ? value.bind(target) : value;
        return async (args: Parameters<typeof client.insert>[0]) => {
          if (refused++ < 2) throw Object.assign(new Error("planted"), { code: String(number), type });
          return client.insert(args);
        };
      },
    });
    const engine = clickhouseEngine({ client: busy });
    await engine.converge([notes]);
    await engine.write([insert(notes, note("a"))]);
    expect((await engine.read([{ op: "get", table: notes, keys: [["a"]] }]))[0].rows[0]?.id).toBe("a");
    await client.close();
  });

  test("a writer that is killed leaves every row whole, on every path", async () => {
    const database = await fresh();
    const engine = clickhouseEngine({ url: server().url, ...login, database });
    await engine.converge([notes]);
    const { killWriter } = await import("./kill-writer.ts");
    for (let round = 0; round < 3; round++) {
      const acknowledged = await killWriter(server().url, database, `k${round}-`, 2 + round);
      const [walk] = await engine.read([{ op: "find", table: notes, path: "byTime", eq: { owner: "o" } }]);
      const found = new Set(walk.rows.map(({ id }) => id));
      for (const id of acknowledged) expect(found).toContain(id);
      const [{ rows }] = await engine.read([{ op: "get", table: notes, keys: [...found].map((id) => [id]) }]);
      expect(rows.every((row) => row !== undefined)).toBe(true);
    }
    await engine.close();
  });
});
