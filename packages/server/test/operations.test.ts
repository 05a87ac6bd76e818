import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "@hono/zod-openapi";
import { InMemoryStore } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { type AuditEntry, createServer, type RequestEntry, route, type ServerOptions } from "../src/index.ts";

const serverOf = (options: Partial<ServerOptions> = {}) => {
  const storage = new InMemoryStore();
  const server = createServer({ storage, logger: { debug() {}, info() {}, warn() {}, error() {} }, ...options });
  const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    server.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    ) as Promise<Response>;
  return { storage, server, ask };
};
const json = async (response: Promise<Response>): Promise<any> => (await response).json();

test("lists say how many there are and where the other pages are", async () => {
  const { ask } = serverOf();
  for (const threadId of ["a", "b", "c"]) await ask("POST", "/api/memory/threads", { resourceId: "r", threadId });
  const { headers } = await ask("GET", "/api/memory/threads?resourceId=r&perPage=1&page=1");
  expect(headers.get("x-total-count")).toBe("3");
  const link = (page: number, relation: string) =>
    `</api/memory/threads?resourceId=r&perPage=1&page=${page}>; rel="${relation}"`;
  expect(headers.get("link")).toBe([link(2, "next"), link(0, "prev"), link(0, "first"), link(2, "last")].join(", "));
  const traces = await ask("GET", "/api/observability/traces");
  expect([traces.headers.get("x-total-count"), traces.headers.get("link")]).toEqual([
    "0",
    '</api/observability/traces?page=0>; rel="first"',
  ]);
  expect((await ask("GET", "/api/memory/threads/a")).headers.get("link")).toBeNull();
  expect((await ask("GET", "/api/observability/traces?mode=delta")).headers.get("link")).toBeNull();
});

test("a list without total says whether there is more, and no number that nobody counted", async () => {
  const { storage, ask } = serverOf();
  const observability = (await storage.getStore("observability"))!;
  const startedAt = new Date("2030-01-01");
  const common = { spanType: "agent_run", name: "run", isEvent: false, startedAt } as const;
  await observability.batchCreateSpans({
    records: ["a", "b", "c"].map((traceId) => ({ ...common, traceId, spanId: traceId })),
  });
  const answer = await ask("GET", "/api/observability/traces?perPage=1&page=1&includeTotal=false");
  expect((await json(Promise.resolve(answer))).pagination).toEqual({ total: 2, page: 1, perPage: 1, hasMore: true });
  expect(answer.headers.get("x-total-count")).toBeNull();
  expect(answer.headers.get("link")).toMatch(/page=2>; rel="next".*rel="first"$/);
  await observability.batchCreateLogs({ logs: [{ logId: "l", timestamp: startedAt, level: "info", message: "m" }] });
  const logs = await json(ask("GET", "/api/observability/logs?includeTotal=false"));
  expect(logs.pagination).toEqual({ total: logs.logs.length, page: 0, perPage: 10, hasMore: false });
});

test("whoever keeps an answer may ask whether it is still the same", async () => {
  const { ask } = serverOf();
  const list = (etag?: string) =>
    ask("GET", "/api/memory/threads", undefined, etag === undefined ? {} : { "if-none-match": etag });
  expect((await list()).headers.get("etag")).toBeNull();
  const first = await list('""');
  const etag = first.headers.get("etag") as string;
  expect([first.status, etag]).toEqual([200, expect.stringMatching(/^W\/"[\w-]{22}"$/)]);
  const known = await list(etag);
  expect([known.status, known.headers.get("etag"), await known.text()]).toEqual([304, etag, ""]);
  await ask("POST", "/api/memory/threads", { resourceId: "r", threadId: "t" });
  expect((await list(etag)).status).toBe(200);
});

test("a thread made again is the one there is, and another one under its id a conflict", async () => {
  const { ask } = serverOf();
  const make = async (more: object) =>
    (await ask("POST", "/api/memory/threads", { resourceId: "r", threadId: "t", ...more })).status;
  expect(await make({ title: "one", metadata: { a: [1] } })).toBe(200);
  expect(await make({ title: "one", metadata: { a: [1] } })).toBe(200);
  expect(await make({})).toBe(200);
  expect(await make({ title: "two" })).toBe(409);
  expect(await make({ metadata: { a: [2] } })).toBe(409);
});

test("ids that cannot travel in a path are refused, unless the server is told that clients encode them", async () => {
  const thread = { resourceId: "r", threadId: "a/b c" };
  const refused = await serverOf().ask("POST", "/api/memory/threads", thread);
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ issues: [{ field: "threadId" }] });
  const { ask } = serverOf({ ids: "any" });
  expect((await ask("POST", "/api/memory/threads", thread)).status).toBe(200);
  expect((await ask("GET", `/api/memory/threads/${encodeURIComponent("a/b c")}`)).status).toBe(200);
});

test("writes, imports and exports are audited, refused ones too; reads are not", async () => {
  const entries: AuditEntry[] = [];
  const { ask } = serverOf({ onWrite: (entry) => entries.push(entry) });
  await ask("POST", "/api/memory/threads", { resourceId: "r", threadId: "t" });
  await ask("DELETE", "/api/memory/threads/none");
  await ask("GET", "/api/memory/threads");
  const dump = await (await ask("GET", "/api/stowage/export")).text();
  await ask("POST", "/api/stowage/import", undefined, { "content-type": "application/x-ndjson" });
  expect(dump).toContain('"stowage":"end"');
  expect(entries.map(({ method, route: template, params, status }) => [method, template, params, status])).toEqual([
    ["post", "/memory/threads", {}, 200],
    ["delete", "/memory/threads/{threadId}", { threadId: "none" }, 404],
    ["get", "/stowage/export", {}, 200],
    ["post", "/stowage/import", {}, 200],
  ]);
  expect(entries[0]?.principal.id).toBe("anonymous");
});

test("a request is told of with its trace, its size and what the storage took", async () => {
  const entries: RequestEntry[] = [];
  const failures: unknown[] = [];
  const { ask, storage } = serverOf({
    onRequest: (entry) => entries.push(entry),
    onError: (error, about) => failures.push([(error as Error).message, about.status]),
    serverTiming: true,
  });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const answer = await ask("GET", "/api/memory/threads", undefined, {
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  });
  expect(answer.headers.get("server-timing")).toMatch(/^storage;dur=[\d.]+, total;dur=[\d.]+$/);
  expect(entries).toMatchObject([
    { traceId, bytes: (await answer.text()).length, storageMilliseconds: expect.any(Number) },
  ]);
  storage.stores!.memory!.listThreads = async () => {
    throw new Error("inside");
  };
  expect((await ask("GET", "/api/memory/threads", undefined, { traceparent: "nonsense" })).status).toBe(500);
  expect(entries[1]).not.toHaveProperty("traceId");
  expect(failures).toEqual([["inside", 500]]);
});

test("a dry run is never a write", async () => {
  const { ask } = serverOf();
  const prefer = { prefer: "respond-async, dry-run" };
  const refused = await ask("POST", "/api/memory/threads", { resourceId: "r", threadId: "t" }, prefer);
  expect(refused.status).toBe(501);
  expect(await refused.json()).toMatchObject({ code: "unsupported" });
  expect((await ask("GET", "/api/memory/threads/t")).status).toBe(404);
  expect((await ask("GET", "/api/memory/threads", undefined, prefer)).status).toBe(200);
});

test("an address has a budget before anybody looks at credentials; load may be shed so that clients come again", async () => {
  const budget = { limit: 2, windowSeconds: 60 };
  const auth = { tokens: [{ token: "t", id: "i", resources: "*" as const, scopes: ["*:*"] }] };
  const { ask } = serverOf({ auth, rateLimits: { address: budget }, overload: "503" });
  const statuses: number[] = [];
  for (const token of ["x", "t", "t"]) {
    const answer = await ask("GET", "/api/memory/threads", undefined, { authorization: `Bearer ${token}` });
    statuses.push(answer.status);
    if (answer.status === 503) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect(statuses).toEqual([401, 200, 503]);
});

test("the routes as a page for people, without a script", async () => {
  const { ask } = serverOf();
  const page = await ask("GET", "/api/stowage/docs");
  expect(page.headers.get("content-type")).toContain("text/html");
  const text = await page.text();
  expect(text).toContain("<code>GET /api/memory/threads/{threadId}</code>");
  expect(text).toContain("memory:read");
  expect(text).not.toContain("<script");
});

test("what the official client knows and no storage keeps is told apart from what nobody knows", async () => {
  const { ask } = serverOf();
  for (const path of ["/vectors/x", "/tools", "/stored/skills", "/v1/responses", "/schedules"]) {
    expect([path, (await json(ask("GET", `/api${path}`))).code]).toEqual([path, "out_of_scope"]);
  }
  expect((await ask("GET", "/api/nothing")).status).toBe(404);
});

test("routes of one's own are guarded, validated and documented like all others", async () => {
  const own = route("get /stowage/titles/{resourceId}", {
    area: "memory",
    isBound: true,
    summary: "Titles of a resource",
    query: { upper: z.enum(["yes"]).optional() },
    answer: z.object({ titles: z.array(z.string()) }),
    async run({ store, params, query }) {
      const filter = { resourceId: params.resourceId };
      const { threads } = await (await store("memory")).listThreads({ page: 0, perPage: 10, filter });
      return { titles: threads.map(({ title = "" }) => (query.upper ? title.toUpperCase() : title)) };
    },
  });
  const auth = { tokens: [{ token: "t", id: "i", resources: "*" as const, scopes: ["memory:*"] }] };
  const { ask } = serverOf({ routes: [own], auth });
  const bearer = { authorization: "Bearer t" };
  await ask("POST", "/api/memory/threads", { resourceId: "r", title: "hello" }, bearer);
  expect((await ask("GET", "/api/stowage/titles/r")).status).toBe(401);
  expect(await json(ask("GET", "/api/stowage/titles/r?upper=yes", undefined, bearer))).toEqual({ titles: ["HELLO"] });
  expect((await ask("GET", "/api/stowage/titles/r?lower=yes", undefined, bearer)).status).toBe(400);
  const { paths } = await json(ask("GET", "/api/stowage/openapi.json", undefined, bearer));
  expect(paths["/api/stowage/titles/{resourceId}"].get["x-scope"]).toBe("memory:read");
});

describe("a server with a runtime behind this one", () => {
  async function upstream() {
    const seen: { method: string; url: string; headers: Record<string, unknown>; body: string }[] = [];
    const http = createHttpServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
        response.writeHead(200, { "content-type": "text/plain", "x-secret": "s", "set-cookie": "a=b" });
        response.write("chunk 1\u001e");
        setTimeout(() => response.end("chunk 2\u001e"), 50);
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    return { seen, url, close: () => new Promise((resolve) => http.close(resolve)) };
  }
  const auth = {
    tokens: [
      { token: "all", id: "all", resources: "*" as const, scopes: ["*:*"] },
      { token: "bound", id: "bound", resources: ["ada"], scopes: ["*:*"] },
      { token: "reader", id: "reader", resources: "*" as const, scopes: ["*:read"] },
    ],
  };

  test("answers what needs one, as a stream, with credentials of its own, for those who may see all", async () => {
    const { seen, url, close } = await upstream();
    const { ask } = serverOf({ auth, upstream: { url, headers: { authorization: "Bearer of-the-server" } } });
    const as = (token: string) => ({ authorization: `Bearer ${token}`, cookie: "c=1", "accept-encoding": "gzip" });
    const answer = await ask("POST", "/api/agents/a/stream?x=1", { messages: ["hi"] }, as("all"));
    expect([answer.status, await answer.text()]).toEqual([200, "chunk 1\u001echunk 2\u001e"]);
    expect(answer.headers.get("x-secret")).toBeNull();
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(answer.headers.get("content-encoding")).toBeNull();
    expect(seen[0]).toMatchObject({ method: "POST", url: "/api/agents/a/stream?x=1", body: '{"messages":["hi"]}' });
    expect(seen[0]?.headers).toMatchObject({ authorization: "Bearer of-the-server" });
    expect(seen[0]?.headers).not.toHaveProperty("cookie");
    expect((await ask("GET", "/api/tools", undefined, as("all"))).status).toBe(200);
    expect((await ask("GET", "/api/tools", undefined, as("bound"))).status).toBe(403);
    expect((await ask("POST", "/api/agents/a/stream", {}, as("bound"))).status).toBe(403);
    expect((await ask("POST", "/api/agents/a/stream", {}, as("reader"))).status).toBe(403);
    // What is kept here is answered here.
    expect((await json(ask("GET", "/api/memory/threads", undefined, as("all")))).threads).toEqual([]);
    expect((await ask("GET", "/api/stowage/nothing", undefined, as("all"))).status).toBe(404);
    expect(seen).toHaveLength(2);
    await close();
    expect((await ask("GET", "/api/tools", undefined, as("all"))).status).toBe(503);
  });
});
