import { get, insert } from "@stowage/core/engine";
import { type MSSQLEngine, MSSQLStore, mssqlEngine } from "@stowage/mssql";
import sql from "mssql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { notes } from "./shapes.ts";
import { TdsListener } from "./tds-listener.ts";

// The real client over a real socket, against a listener that breaks off where a test wants it.

let listener: TdsListener;
let engine: MSSQLEngine;
const address = () => ({
  ...{ server: "127.0.0.1", port: listener.port, database: "d", user: "u", password: "secret" },
  options: { encrypt: false, trustServerCertificate: true, connectTimeout: 2000 },
});
const read = (options = {}) => engine.read([get(notes, [["a"]])], options);
const write = (options = {}) => engine.write([insert(notes, { id: "a", at: 0, text: "" })], options);

beforeEach(async () => {
  listener = new TdsListener();
  await listener.listen();
  engine = mssqlEngine(address());
});
afterEach(async () => {
  await listener.close();
  await engine.close();
});

test("a session is opened, asked and closed", async () => {
  expect((await read())[0].rows).toEqual([undefined]);
  expect(listener.requests).toBe(1);
  await engine.close();
  await expect(read()).rejects.toMatchObject({ code: "closed" });
});

describe("a connection that breaks", () => {
  for (const behaviour of ["cuts before", "cuts within"] as const) {
    test(`at a read (${behaviour} the answer) is temporary, and the next read finds another one`, async () => {
      await read();
      listener.behaviour = behaviour;
      await expect(read()).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
      listener.behaviour = "answers";
      expect((await read())[0].rows).toEqual([undefined]);
    });

    test(`at a write (${behaviour} the answer) leaves open what became of it`, async () => {
      await read();
      listener.behaviour = behaviour;
      await expect(write()).rejects.toMatchObject({ code: "unknown_outcome" });
    });
  }

  test("before a write was sent is temporary: nothing was applied", async () => {
    await listener.close();
    await expect(write()).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
    listener = new TdsListener();
    await listener.listen();
  });
});

test("a server that could not be reached is tried again at the next call, with a new pool", async () => {
  await listener.close();
  const first = engine.pool;
  await expect(read()).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
  expect(engine.pool).not.toBe(first);
  expect(engine.pool).toBeInstanceOf(sql.ConnectionPool);
  listener = new TdsListener();
  await listener.listen();
});

describe("an error of the server", () => {
  const codes: [number, number, string, string][] = [
    [1205, 13, "busy", "temporary"],
    [1222, 16, "busy", "temporary"],
    [3960, 16, "busy", "temporary"],
    [40501, 16, "busy", "temporary"],
    [40613, 16, "unavailable", "temporary"],
    [208, 16, "not_initialised", "permanent"],
    [229, 14, "permission", "permanent"],
    [9002, 16, "resource_limit", "permanent"],
    [1946, 16, "too_large", "permanent"],
    [824, 16, "corrupt", "permanent"],
    [195, 15, "unsupported", "permanent"],
  ];
  test.each(codes)("%i is told as `%3$s` with its number", async (number, severity, code, retry) => {
    listener.refusal = { number, severity, text: "secret-value" };
    await read();
    listener.behaviour = "refuses";
    for (const call of [read, write]) {
      const error = await call().then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toMatchObject({ code, retry, details: { number } });
      expect(error.message).not.toContain("secret-value");
    }
  });

  test("that ends the session leaves open what became of a write", async () => {
    listener.refusal = { number: 596, severity: 21, text: "killed" };
    await read();
    listener.behaviour = "refuses";
    await expect(write()).rejects.toMatchObject({ code: "unknown_outcome" });
  });

  test("deadlocks are tried again, a few times", async () => {
    await read();
    listener.behaviour = "refuses";
    listener.requests = 0;
    await expect(read()).rejects.toMatchObject({ code: "busy" });
    expect(listener.requests).toBe(5);
  });
});

describe("a call that is given up", () => {
  test("ends a read under way", async () => {
    await read();
    listener.behaviour = "is silent";
    const controller = new AbortController();
    const aborted = read({ signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    await expect(read({ deadline: Date.now() + 50 })).rejects.toMatchObject({ code: "timeout" });
  });

  test("ends a write that waits for a connection, and nothing of it is sent", async () => {
    await engine.close();
    const pool = new sql.ConnectionPool({ ...address(), pool: { max: 1 } });
    engine = mssqlEngine({ pool });
    await read();
    listener.behaviour = "is silent";
    const holding = new AbortController();
    const held = read({ signal: holding.signal }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = listener.requests;
    await expect(write({ deadline: Date.now() + 50 })).rejects.toMatchObject({ code: "timeout" });
    const controller = new AbortController();
    const waiting = write({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    holding.abort();
    await held;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(listener.requests).toBe(before);
    await pool.close();
  });

  test("waits for a write that was sent, rather than guess", async () => {
    await read();
    listener.behaviour = "is silent";
    const controller = new AbortController();
    const sent = write({ signal: controller.signal });
    let settled = false;
    sent
      .catch(() => undefined)
      .finally(() => {
        settled = true;
      });
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(settled).toBe(false);
    await listener.close();
    await expect(sent).rejects.toMatchObject({ code: "unknown_outcome" });
    listener = new TdsListener();
    await listener.listen();
  });
});

test("a request that takes too long leaves open what became of a write", async () => {
  await engine.close();
  engine = mssqlEngine({ ...address(), requestTimeout: 100 } as never);
  await read();
  listener.behaviour = "is silent";
  await expect(read()).rejects.toMatchObject({ code: "timeout" });
  await expect(write()).rejects.toMatchObject({ code: "unknown_outcome" });
});

describe("a login that is turned away", () => {
  const later = "Please retry the connection later. secret-value";
  const cases: [number, string, string, string][] = [
    [18456, "Login failed for user 'u'.", "permission", "permanent"],
    [40613, `Database 'd' on server 's' is not currently available. ${later}`, "unavailable", "temporary"],
    [4060, 'Cannot open database "d" requested by the login. The login failed.', "unavailable", "temporary"],
    [18401, "Login failed for user 'u'. Reason: Server is in script upgrade mode.", "unavailable", "temporary"],
    [
      17187,
      "SQL Server is not ready to accept new client connections. Wait a few minutes.",
      "unavailable",
      "temporary",
    ],
  ];
  test.each(cases)("with %i is told as one for %3$s reasons", async (number, text, code, retry) => {
    listener.loginRefusal = { number, text };
    await engine.close();
    const { options, ...rest } = address();
    engine = mssqlEngine({ ...rest, options: { ...options, maxRetriesOnTransientErrors: 0 } });
    const error = await write().then(
      () => undefined,
      (reason) => reason as Error,
    );
    expect(error).toMatchObject({ code, retry });
    expect(error?.message).not.toContain("secret-value");
  });
});

test("errors hold no credentials", async () => {
  const storage = new MSSQLStore({ id: "s", ...address() });
  await listener.close();
  const error = await storage.init().then(
    () => undefined,
    (reason) => reason as Error,
  );
  expect(JSON.stringify({ ...error, message: error?.message })).not.toContain("secret");
  await storage.close();
  listener = new TdsListener();
  await listener.listen();
});
