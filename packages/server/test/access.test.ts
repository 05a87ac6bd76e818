import { MastraClient } from "@mastra/client-js";
import { InMemoryStore } from "@stowage/core";
import { SignJWT } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { type AuthOptions, createApiKey, createServer, type ServerOptions } from "../src/index.ts";
import { openServer, type TestServer } from "./open-server.ts";

const open: TestServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});
const start = async (options: Partial<ServerOptions>) => {
  const server = await openServer(options);
  open.push(server);
  return server;
};

const admin = { token: "admin-token", id: "admin", resources: "*", scopes: ["*:*"] } as const;
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const clientOf = (url: string, token: string) => new MastraClient({ baseUrl: url, retries: 0, ...bearer(token) });

describe("where a server listens", () => {
  const storage = new InMemoryStore();

  test("without authentication on loopback only", async () => {
    await expect(createServer({ storage, host: "0.0.0.0", port: 0 }).listen()).rejects.toThrow(/loopback only/);
    await expect(createServer({ storage, host: "::", port: 0, auth: {} }).listen()).rejects.toThrow(
      /at least one credential/,
    );
    await expect(
      createServer({ storage, host: "192.168.0.1", port: 0, auth: { tokens: [] } }).listen(),
    ).rejects.toThrow(TypeError);
  });

  test("wider with credentials, or when told that it is meant", async () => {
    for (const options of [{ auth: { tokens: [admin] } }, { insecure: true }]) {
      const server = createServer({ storage, host: "0.0.0.0", port: 0, ...options });
      await server.listen();
      await server.close();
    }
  });

  test("an open server answers to the names of this machine only", async () => {
    const server = createServer({ storage });
    expect((await server.fetch(new Request("http://evil.example/api/memory/threads"))).status).toBe(403);
    expect((await server.fetch(new Request("http://localhost:4111/api/memory/threads"))).status).toBe(200);
  });
});

describe("who calls", () => {
  test("bearer tokens, API keys and JWT are let in; anything else is not", async () => {
    const secret = "s".repeat(32);
    const { key, record } = createApiKey({ id: "key", resources: "*", scopes: ["memory:read"] });
    const { key: old, record: expired } = createApiKey({
      id: "old",
      resources: "*",
      scopes: ["*"],
      expiresAt: "2020-01-01T00:00:00Z",
    });
    expect(JSON.stringify(record)).not.toContain(key.slice(record.prefix.length + 1));
    const auth: AuthOptions = {
      tokens: [admin],
      apiKeys: [record, expired],
      jwt: { secret, issuer: "me", audience: "stowage" },
    };
    const { url } = await start({ auth, rateLimits: { failedAuth: { limit: 100, windowSeconds: 60 } } });
    const jwt = (claims: object, options: { audience?: string; key?: string; expires?: string } = {}) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer("me")
        .setSubject("user")
        .setAudience(options.audience ?? "stowage")
        .setExpirationTime(options.expires ?? "1h")
        .sign(new TextEncoder().encode(options.key ?? secret));
    const statusOf = async (headers: Record<string, string>) =>
      (await fetch(`${url}/api/memory/threads`, { headers })).status;
    const all = { scope: "memory:read", resources: "*" };
    expect(await statusOf({ authorization: "Bearer admin-token" })).toBe(200);
    expect(await statusOf({ authorization: `Bearer ${key}` })).toBe(200);
    expect(await statusOf({ "x-api-key": key })).toBe(200);
    expect(await statusOf({ authorization: `Bearer ${await jwt(all)}` })).toBe(200);
    expect(await statusOf({})).toBe(401);
    for (const token of [
      "admin-toke",
      old,
      `${key}x`,
      "stw_000000000000_",
      await jwt(all, { audience: "other" }),
      await jwt(all, { key: "x".repeat(32) }),
      await jwt(all, { expires: "-5m" }),
      // No signature at all.
      `${btoa('{"alg":"none"}')}.${btoa('{"sub":"user","iss":"me","aud":"stowage","exp":9999999999}')}.`,
    ]) {
      expect(await statusOf({ authorization: `Bearer ${token}` })).toBe(401);
    }
    // What a token does not say it does not grant.
    expect(await statusOf({ authorization: `Bearer ${await jwt({})}` })).toBe(403);
    expect(await statusOf({ authorization: `Bearer ${await jwt({ scope: "memory:read" })}` })).toBe(403);
  });

  test("an address that fails too often is refused for a while, even with the right token", async () => {
    const { url } = await start({
      auth: { tokens: [admin] },
      rateLimits: { failedAuth: { limit: 3, windowSeconds: 60 } },
    });
    const ask = (token: string) => fetch(`${url}/api/memory/threads`, bearer(token));
    for (const expected of [401, 401, 401, 429]) expect((await ask("wrong")).status).toBe(expected);
    const refused = await ask("admin-token");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: "rate_limited", retry: "temporary" });
  });

  test("health needs no credentials, metrics do", async () => {
    const { url } = await start({ auth: { tokens: [admin] } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ready" });
    expect(await (await fetch(`${url}/readyz`, bearer("admin-token"))).json()).toMatchObject({
      domains: { memory: { status: "up" } },
    });
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const metrics = await fetch(`${url}/metrics`, bearer("admin-token"));
    expect(metrics.headers.get("content-type")).toContain("application/openmetrics-text");
    expect(await metrics.text()).toMatch(
      /stowage_http_request_duration_seconds_count\{.*route="\/readyz".*\n# EOF\n|# EOF/s,
    );
  });
});

describe("what they may do", () => {
  test("scopes name a domain and an action", async () => {
    const tokens = [
      { token: "reader", id: "reader", resources: "*", scopes: ["*:read"] },
      { token: "writer", id: "writer", resources: "*", scopes: ["memory:write"] },
    ] as const;
    const { url } = await start({ auth: { tokens } });
    const thread = { agentId: "a", resourceId: "ada", threadId: "t" };
    await expect(clientOf(url, "reader").createMemoryThread(thread)).rejects.toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    });
    await clientOf(url, "writer").createMemoryThread(thread);
    await expect(clientOf(url, "writer").listMemoryThreads()).rejects.toMatchObject({ status: 403 });
    expect((await clientOf(url, "reader").listMemoryThreads()).total).toBe(1);
    await expect(clientOf(url, "writer").deleteThread("t", { agentId: "a" })).rejects.toMatchObject({ status: 403 });
    await expect(clientOf(url, "writer").createDataset({ name: "D" } as never)).rejects.toMatchObject({ status: 403 });
  });

  test("a read-only server writes nothing, whoever asks", async () => {
    const { url } = await start({ readOnly: true });
    const client = new MastraClient({ baseUrl: url, retries: 0 });
    await expect(client.createDataset({ name: "D" } as never)).rejects.toMatchObject({
      status: 403,
      body: { code: "read_only" },
    });
    expect((await client.listDatasets()).datasets).toEqual([]);
  });
});

describe("the boundary around resources", () => {
  const tokens = [admin, { token: "ada", id: "ada", resources: ["ada"], scopes: ["*:*"] }] as const;

  test("a bound caller sees, changes, lists and exports only its own", async () => {
    const { url, storage } = await start({ auth: { tokens } });
    const all = clientOf(url, "admin-token");
    for (const resourceId of ["ada", "bob"]) {
      await all.createMemoryThread({ agentId: "a", resourceId, threadId: `t-${resourceId}` });
      const content = { format: 2, parts: [{ type: "text", text: "secret" }] };
      await all.saveMessageToMemory({
        agentId: "a",
        messages: [{ id: `m-${resourceId}`, threadId: `t-${resourceId}`, resourceId, role: "user", content }],
      } as never);
      await all.getWorkflow("w").createRun({ runId: `r-${resourceId}`, resourceId } as never);
      const observability = await storage.getStore("observability");
      await observability?.createSpan({
        span: { traceId: `tr-${resourceId}`, spanId: "s", name: "n", startedAt: new Date(), resourceId },
      });
    }
    const ada = clientOf(url, "ada");
    const thread = ada.getMemoryThread({ threadId: "t-bob", agentId: "a" });
    const refused = { status: 403 };
    await expect(thread.get()).rejects.toMatchObject(refused);
    await expect(thread.update({ title: "x" } as never)).rejects.toMatchObject(refused);
    await expect(thread.delete()).rejects.toMatchObject(refused);
    await expect(thread.listMessages()).rejects.toMatchObject(refused);
    await expect(thread.clone()).rejects.toMatchObject(refused);
    await expect(thread.transfer({ resourceId: "ada" })).rejects.toMatchObject(refused);
    await expect(thread.deleteMessages("m-bob")).rejects.toMatchObject(refused);
    await expect(ada.getWorkingMemory({ agentId: "a", threadId: "t-bob" })).rejects.toMatchObject(refused);
    await expect(ada.listMemoryThreads({ resourceId: "bob" })).rejects.toMatchObject(refused);
    await expect(ada.createMemoryThread({ agentId: "a", resourceId: "bob" })).rejects.toMatchObject(refused);
    await expect(ada.searchMemory({ agentId: "a", resourceId: "bob", searchQuery: "secret" })).rejects.toMatchObject(
      refused,
    );
    const stolen = {
      id: "m-bob",
      threadId: "t-ada",
      resourceId: "ada",
      role: "user",
      content: { format: 2, parts: [] },
    };
    await expect(ada.saveMessageToMemory({ agentId: "a", messages: [stolen] } as never)).rejects.toMatchObject(refused);
    await expect(ada.getWorkflow("w").runById("r-bob")).rejects.toMatchObject(refused);
    await expect(ada.getWorkflow("w").deleteRunById("r-bob")).rejects.toMatchObject(refused);
    await expect(ada.getTrace("tr-bob")).rejects.toMatchObject(refused);
    await expect(ada.getSpan("tr-bob", "s")).rejects.toMatchObject(refused);
    await ada.deleteTraces({ traceIds: ["tr-bob"] });

    expect((await ada.listMemoryThreads()).threads.map(({ id }) => id)).toEqual(["t-ada"]);
    const included = await ada.listThreadMessages("t-ada", { include: [{ id: "m-bob" }] } as never);
    expect((included.messages as { id: string }[]).map(({ id }) => id)).toEqual(["m-ada"]);
    expect((await ada.getWorkflow("w").runs()).runs.map(({ runId }) => runId)).toEqual(["r-ada"]);
    expect((await ada.listTraces()).spans.map(({ traceId }) => traceId)).toEqual(["tr-ada"]);
    const dump = await (await fetch(`${url}/api/stowage/export`, bearer("ada"))).text();
    expect(dump).not.toContain("bob");
    // Whatever has no owner is not for a bound caller, and neither is what Stowage cannot tell apart.
    await expect(ada.listDatasets()).rejects.toMatchObject(refused);
    await expect(ada.listStoredAgents()).rejects.toMatchObject(refused);
    await expect(ada.listScoresByRunId({ runId: "x" })).rejects.toMatchObject(refused);
    expect(await all.getTrace("tr-bob")).toMatchObject({ spans: [{}] });
    expect((await all.listThreadMessages("t-bob")).messages).toHaveLength(1);
  });

  test("the identity keys of a request context change nothing", async () => {
    const { url } = await start({ auth: { tokens } });
    const requestContext = { mastra__resourceId: "bob", mastra__threadId: "t" };
    const ada = clientOf(url, "ada");
    await expect(ada.listMemoryThreads({ resourceId: "bob", requestContext })).rejects.toMatchObject({ status: 403 });
    expect((await ada.listMemoryThreads({ requestContext })).threads).toEqual([]);
    const metrics = await (await fetch(`${url}/metrics`, bearer("admin-token"))).text();
    expect(metrics).toContain("stowage_request_context_identity_attempts_total 2");
  });
});

describe("tenants", () => {
  const tokens = ["one", "two"].map((tenant) => ({
    token: tenant,
    id: tenant,
    tenant,
    resources: "*" as const,
    scopes: ["*:*"],
  }));

  test("each has a storage of its own, and another's ids are not found", async () => {
    const storages = new Map(["one", "two"].map((tenant) => [tenant, new InMemoryStore()]));
    const server = createServer({ storage: (tenant) => storages.get(tenant ?? ""), port: 0, auth: { tokens } });
    const { url } = await server.listen();
    try {
      await clientOf(url, "one").createMemoryThread({ agentId: "a", resourceId: "ada", threadId: "t" });
      const two = clientOf(url, "two");
      await expect(two.getMemoryThread({ threadId: "t", agentId: "a" }).get()).rejects.toMatchObject({ status: 404 });
      expect((await two.listMemoryThreads()).threads).toEqual([]);
      expect((await clientOf(url, "one").listMemoryThreads()).threads).toHaveLength(1);
    } finally {
      await server.close();
    }
  });

  test("a tenant without a storage, or on a server that keeps none apart, is refused", async () => {
    const { url } = await start({ auth: { tokens } });
    await expect(clientOf(url, "one").listMemoryThreads()).rejects.toMatchObject({ status: 403 });
    const server = createServer({ storage: () => undefined, port: 0, auth: { tokens: [...tokens, admin] } });
    const apart = await server.listen();
    for (const token of ["one", "admin-token"]) {
      await expect(clientOf(apart.url, token).listMemoryThreads()).rejects.toMatchObject({ status: 403 });
    }
    await server.close();
  });
});
