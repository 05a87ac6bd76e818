import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { MastraClient } from "@mastra/client-js";
import { InMemoryStore, StorageError } from "@stowage/core";
import { afterEach, describe, expect, test } from "vitest";
import { createServer, type RequestEntry, type ServerOptions } from "../src/index.ts";
import { openServer, type TestServer } from "./open-server.ts";

const open: TestServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});
const start = async (options: Partial<ServerOptions> = {}) => {
  const server = await openServer(options);
  open.push(server);
  return server;
};
const json = async (response: Response | Promise<Response>): Promise<any> => (await response).json();
const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

describe("queries", () => {
  test.each([
    'orderBy={"field":"createdAt","direction":"ASC"}',
    "orderBy[field]=createdAt&orderBy[direction]=ASC",
    "orderBy=createdAt&sortDirection=ASC",
    "orderBy=createdAt&sortDirection=asc&perPage=false",
    "field=createdAt&direction=ASC&limit=10&offset=0",
    "orderBy[direction]=ASC&resourceId=undefined&metadata=null",
  ])("%s is understood", async (query) => {
    const { url, storage } = await start();
    const memory = await storage.getStore("memory");
    for (const id of ["a", "b"]) {
      const createdAt = new Date(Date.UTC(2026, 0, id === "a" ? 1 : 2));
      await memory?.saveThread({ thread: { id, resourceId: "r", createdAt, updatedAt: createdAt } });
    }
    const answer = await json(fetch(`${url}/api/memory/threads?${query}`));
    expect(answer.threads.map(({ id }: { id: string }) => id)).toEqual(["a", "b"]);
    expect(answer.threads[0].createdAt).toBe("2026-01-01T00:00:00.000Z");
  });

  test.each([
    ["page=-1", "page"],
    ["perPage=many", "perPage"],
    ["orderBy={", "orderBy"],
    ["orderBy[field]=secret", "orderBy"],
    ["metadata=[1", "metadata"],
    ["limit=10&offset=5", "page"],
    ["requestContext=e30x", "requestContext"],
  ])("%s is refused by name", async (query, field) => {
    const { url } = await start();
    const response = await fetch(`${url}/api/memory/threads?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: expect.stringContaining(field),
      code: "invalid_argument",
      retry: "permanent",
    });
  });
});

describe("bodies", () => {
  test("too large, too deep, too long, no JSON, of another type or compressed beyond measure: refused", async () => {
    const { url } = await start({ limits: { jsonBytes: 10_000, depth: 8, items: 50 } });
    const at = `${url}/api/memory/threads`;
    const statusOf = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
      (await fetch(at, { method: "POST", headers: { "content-type": "application/json", ...headers }, body })).status;
    const thread = { resourceId: "r", metadata: {} as unknown };
    expect(await statusOf(JSON.stringify({ ...thread, title: "x".repeat(20_000) }))).toBe(413);
    expect(await statusOf(`{"resourceId":"r","metadata":${"[".repeat(20)}${"]".repeat(20)}}`)).toBe(400);
    expect(await statusOf("[".repeat(9_000))).toBe(400);
    expect(await statusOf(JSON.stringify({ ...thread, metadata: { list: Array(60).fill(0) } }))).toBe(400);
    expect(await statusOf("{nope")).toBe(400);
    expect(await statusOf("a=b", { "content-type": "application/x-www-form-urlencoded" })).toBe(415);
    expect(await statusOf(gzipSync("x".repeat(1_000_000)), { "content-encoding": "gzip" })).toBe(413);
    expect(await statusOf("not gzip", { "content-encoding": "gzip" })).toBe(400);
    expect(await statusOf("{}", { "content-encoding": "zstd" })).toBe(415);
    expect(await statusOf(gzipSync(JSON.stringify({ resourceId: "r" })), { "content-encoding": "gzip" })).toBe(200);
  });

  test("an id that cannot travel in a path is refused on create", async () => {
    const { url } = await start();
    for (const threadId of ["a/b", "a b", "a?b", "a#b", "a%2Fb"]) {
      const response = await post(`${url}/api/memory/threads`, { resourceId: "r", threadId });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ issues: [{ field: "threadId" }] });
    }
  });
});

describe("answers", () => {
  test("carry a request id, security headers, and no CORS", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/api/memory/threads`, {
      headers: { origin: "https://app.example", "x-request-id": "mine-1" },
    });
    expect(response.headers.get("x-request-id")).toBe("mine-1");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    const odd = await fetch(`${url}/api/memory/threads`, { headers: { "x-request-id": "<script>" } });
    expect(odd.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("go to the origins that are listed, and no other may write", async () => {
    const { url } = await start({ cors: { origins: ["https://app.example"] } });
    const preflight = await fetch(`${url}/api/memory/threads`, {
      method: "OPTIONS",
      headers: {
        origin: "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-mine",
      },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("x-mine");
    const body = { resourceId: "r" };
    expect((await post(`${url}/api/memory/threads`, body, { origin: "https://app.example" })).status).toBe(200);
    expect((await post(`${url}/api/memory/threads`, body, { origin: "https://evil.example" })).status).toBe(403);
    expect((await post(`${url}/api/memory/threads`, body, { origin: url })).status).toBe(200);
    expect(() => createServer({ storage: new InMemoryStore(), cors: { origins: ["*"] } })).toThrow(TypeError);
  });

  test("unknown routes are 404, wrong methods 405, bare collections untouched", async () => {
    const { url } = await start();
    expect((await fetch(`${url}/api/plants`)).status).toBe(404);
    expect((await fetch(`${url}/api`, { method: "DELETE" })).status).toBe(404);
    const wrong = await fetch(`${url}/api/memory/threads`, { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, POST"]);
    const problem = await fetch(`${url}/api/memory/threads/none`, { headers: { accept: "application/problem+json" } });
    expect(problem.headers.get("content-type")).toBe("application/problem+json");
    expect(await problem.json()).toMatchObject({ status: 404, title: "the thread was not found", code: "not_found" });
  });

  test("one line is reported for each request, without ids", async () => {
    const entries: RequestEntry[] = [];
    const { url } = await start({ onRequest: (entry) => entries.push(entry) });
    await fetch(`${url}/api/memory/threads/secret-id`);
    expect(entries).toMatchObject([{ method: "GET", route: "/memory/threads/{threadId}", status: 404 }]);
  });

  test("budgets run out with a date", async () => {
    const { url } = await start({ rateLimits: { read: { limit: 2, windowSeconds: 60 } } });
    const ask = () => fetch(`${url}/api/memory/threads`);
    expect((await ask()).headers.get("ratelimit")).toMatch(/^"read";r=1;t=\d+$/);
    await ask();
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await post(`${url}/api/memory/threads`, { resourceId: "r" })).status).toBe(200);
  });
});

describe("repeated writes", () => {
  test("an Idempotency-Key gives the first answer again, to the same request only", async () => {
    const { url } = await start();
    const make = (title: string) =>
      post(`${url}/api/memory/threads`, { resourceId: "r", title }, { "idempotency-key": "k1" });
    const [first, second] = await Promise.all([make("a"), make("a")]);
    expect((await json(second as Response)).id).toBe((await json(first as Response)).id);
    expect((await make("b")).status).toBe(422);
    expect((await json(fetch(`${url}/api/memory/threads`))).total).toBe(1);
    // Two creates without a key that are both alive are two.
    await Promise.all([
      post(`${url}/api/memory/threads`, { resourceId: "r" }),
      post(`${url}/api/memory/threads`, { resourceId: "r" }),
    ]);
    expect((await json(fetch(`${url}/api/memory/threads`))).total).toBe(3);
  });

  test("a create whose connection broke before the answer is not made twice", async () => {
    const { url, storage } = await start();
    const memory = await storage.getStore("memory");
    const save = memory!.saveThread.bind(memory);
    // The answer takes long enough for the connection to break before it.
    memory!.saveThread = async (args) => {
      const saved = await save(args);
      await sleep(300);
      return saved;
    };
    const body = JSON.stringify({ resourceId: "r", title: "once" });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const head = `POST /api/memory/threads HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body);
    await sleep(100);
    socket.destroy();
    await sleep(50);
    const answer = await fetch(`${url}/api/memory/threads`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(200);
    const { total, threads } = await json(fetch(`${url}/api/memory/threads`));
    expect(total).toBe(1);
    expect((await json(answer)).id).toBe(threads[0].id);
  });
});

describe("trouble with the storage", () => {
  test("while it is down: 503 with a clear body and no word of the driver; recovered by itself", async () => {
    const { url, storage } = await start({ logger: { debug() {}, info() {}, warn() {}, error() {} } });
    const engine = (storage as unknown as { engine: { read: unknown } }).engine;
    const { read } = engine;
    const client = new MastraClient({ baseUrl: url, retries: 0 });
    await client.listMemoryThreads();
    engine.read = async () => {
      throw new StorageError("connect ECONNREFUSED postgres://user:hunter2@db", { code: "unavailable" });
    };
    const response = await fetch(`${url}/api/memory/threads`);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      error: "the storage of memory is not available",
      code: "unavailable",
      retry: "temporary",
    });
    expect(text).not.toMatch(/hunter2|ECONNREFUSED/);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    engine.read = read;
    expect((await fetch(`${url}/api/memory/threads`)).status).toBe(200);
    await sleep(1100);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test("what is unexpected is 500 without details; a missing domain 501 by name", async () => {
    const storage = new InMemoryStore();
    const server = createServer({ storage, port: 0, logger: { debug() {}, info() {}, warn() {}, error() {} } });
    storage.stores!.memory!.listThreads = async () => {
      throw new Error("at /home/me/secret.ts: SELECT * FROM users");
    };
    delete storage.stores!.agents;
    const broken = await server.fetch(new Request("http://localhost/api/memory/threads"));
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toMatch(/secret|SELECT/);
    const absent = await server.fetch(new Request("http://localhost/api/stored/agents"));
    expect([absent.status, await absent.json()]).toEqual([
      501,
      expect.objectContaining({ code: "domain_missing", details: { domain: "agents" } }),
    ]);
  });

  test("a request that takes too long is answered", async () => {
    const storage = new InMemoryStore();
    const server = createServer({ storage, requestTimeoutMs: 50 });
    storage.stores!.memory!.listThreads = () => new Promise(() => {});
    const late = await server.fetch(new Request("http://localhost/api/memory/threads"));
    expect([late.status, (await json(late)).code]).toEqual([503, "timeout"]);
  });
});

test("close finishes what is under way and refuses what is new", async () => {
  const { url, storage, server } = await start();
  const memory = await storage.getStore("memory");
  const list = memory!.listThreads.bind(memory);
  const { promise: isUnderWay, resolve: begin } = Promise.withResolvers<void>();
  memory!.listThreads = async (args) => {
    begin();
    await sleep(300);
    return list(args);
  };
  const running = fetch(`${url}/api/memory/threads`);
  await isUnderWay;
  const closed = server.close();
  expect((await server.fetch(new Request("http://localhost/readyz"))).status).toBe(503);
  expect((await server.fetch(new Request("http://localhost/api/memory/threads"))).status).toBe(503);
  expect((await running).status).toBe(200);
  await closed;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test("the document describes every route with its scope, and is valid OpenAPI 3.1", async () => {
  const { url } = await start();
  const document = await json(fetch(`${url}/api/stowage/openapi.json`));
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths).length).toBeGreaterThan(80);
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path as object));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(document.paths["/api/memory/threads/{threadId}"].get).toMatchObject({
    "x-scope": "memory:read",
    parameters: expect.arrayContaining([expect.objectContaining({ name: "threadId", in: "path", required: true })]),
  });
  expect(document.paths["/api/memory/threads"].post.requestBody.content["application/json"].schema.required).toContain(
    "resourceId",
  );
});

test("a single-page application is served beside the API, and never in its place", async () => {
  const root = mkdtempSync(join(tmpdir(), "stowage-studio-"));
  writeFileSync(join(root, "index.html"), "<title>Studio</title>");
  writeFileSync(join(root, "app.js"), "start()");
  mkdirSync(join(root, "assets"));
  writeFileSync(join(root, "assets", "app-1.js"), "start()");
  const { url } = await start({ studio: { root } });
  expect(await (await fetch(`${url}/`)).text()).toContain("Studio");
  expect(await (await fetch(`${url}/app.js`)).text()).toBe("start()");
  expect(await (await fetch(`${url}/threads/t1?m=2`)).text()).toContain("Studio");
  expect(await (await fetch(`${url}/threads/a%20slash%2F1`)).text()).toContain("Studio");
  expect((await fetch(`${url}/assets/app-1.js`)).headers.get("cache-control")).toContain("immutable");
  expect((await fetch(`${url}/threads/t1`)).headers.get("cache-control")).toBe("no-cache");
  expect((await fetch(`${url}/assets/app-0.js`)).status).toBe(404);
  expect((await fetch(`${url}/api/nothing`)).status).toBe(404);
  expect(await (await fetch(`${url}/..%2f..%2fetc%2fpasswd`)).text()).not.toContain("root:");
  rmSync(root, { recursive: true });
});
