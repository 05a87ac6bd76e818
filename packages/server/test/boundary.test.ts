import { InMemoryStore } from "@stowage/core";
import { SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createServer, exportStream, type StowageServer, transferDomains } from "../src/index.ts";
import { resolveOptions } from "../src/options.ts";
import { routesOf } from "../src/routes/index.ts";
import { servicesOf } from "../src/services.ts";

// Every route there is, taken from the document of the server itself, so that a new one is here by itself.

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
}
interface Operation {
  "x-scope": string;
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
interface Entry {
  method: string;
  path: string;
  operation: Operation;
}

const secret = "s".repeat(32);
const jwtOf = (claims: object) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer("me")
    .setSubject("user")
    .setAudience("stowage")
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(secret));

const foreign = "foreign-id";
const hidden = "the-secret-of-bob";
const operations: Entry[] = [];
let storages: Map<string, InMemoryStore>;
let server: StowageServer;

beforeAll(async () => {
  const open = createServer({ storage: new InMemoryStore() });
  const answer = await open.fetch(new Request("http://localhost/api/stowage/openapi.json"));
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> };
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      operations.push({ method: method.toUpperCase(), path, operation });
    }
  }
  // Taken without a route of the table.
  operations.push({ method: "POST", path: "/v1/traces", operation: { "x-scope": "observability:write" } });
  expect(operations.length).toBeGreaterThan(130);
});

beforeEach(async () => {
  storages = new Map([
    ["one", new InMemoryStore()],
    ["two", new InMemoryStore()],
  ]);
  server = createServer({
    storage: (tenant) => storages.get(tenant ?? ""),
    auth: { jwt: { secret, issuer: "me", audience: "stowage" } },
    rateLimits: { failedAuth: { limit: 100_000, windowSeconds: 60 } },
  });
  await fill(storages.get("two") as InMemoryStore);
});

/** Records of all kinds, all bob's, under one id. */
async function fill(storage: InMemoryStore): Promise<void> {
  const now = new Date();
  const owned = { resourceId: "bob", createdAt: now, updatedAt: now };
  const memory = await storage.getStore("memory");
  await memory?.saveThread({ thread: { id: foreign, title: hidden, ...owned } });
  const content = { format: 2 as const, parts: [{ type: "text", text: hidden }] };
  await memory?.saveMessages({
    messages: [{ id: foreign, threadId: foreign, resourceId: "bob", role: "user", createdAt: now, content }],
  });
  await memory?.updateResource({ resourceId: "bob", workingMemory: hidden });
  await memory?.updateResource({ resourceId: foreign, workingMemory: hidden });
  const snapshot = { runId: foreign, status: "pending", context: { input: hidden } } as never;
  const run = { workflowName: foreign, runId: foreign, resourceId: "bob", snapshot };
  await (await storage.getStore("workflows"))?.persistWorkflowSnapshot(run);
  const about = { scorerId: foreign, entityId: foreign, runId: foreign, scorer: { id: foreign } };
  const judged = { ...about, score: 1, source: "LIVE", reason: hidden, resourceId: "bob", entity: {}, output: {} };
  await (await storage.getStore("scores"))?.saveScore({ ...judged, id: foreign } as never);
  const observability = await storage.getStore("observability");
  const at = { traceId: foreign, spanId: foreign, resourceId: "bob", timestamp: now };
  await observability?.createSpan({ span: { ...at, name: hidden, startedAt: now, endedAt: now, runId: foreign } });
  await observability?.batchCreateLogs({ logs: [{ ...at, logId: foreign, level: "info", message: hidden }] });
  await observability?.batchCreateMetrics({
    metrics: [{ ...at, metricId: foreign, name: foreign, value: 1, labels: { [foreign]: hidden } }],
  });
  await observability?.createScore({
    score: { ...at, scoreId: foreign, scorerId: foreign, score: 1, reason: hidden } as never,
  });
  await observability?.createFeedback({
    feedback: { ...at, feedbackId: foreign, feedbackType: foreign, value: 1, comment: hidden } as never,
  });
  await (await storage.getStore("agents"))?.create({ agent: { id: foreign, name: hidden, instructions: hidden } });
  const datasets = await storage.getStore("datasets");
  await datasets?.createDataset({ id: foreign, name: hidden });
  await datasets?.addItem({ datasetId: foreign, externalId: foreign, input: hidden });
  const experiments = await storage.getStore("experiments");
  const targeted = { targetType: "agent", targetId: foreign } as const;
  await experiments?.createExperiment({
    id: foreign,
    name: hidden,
    totalItems: 1,
    datasetId: foreign,
    ...targeted,
  } as never);
}

/** Everything of a storage as text. */
async function dump(storage: InMemoryStore): Promise<string> {
  const stream = exportStream(storage, transferDomains, {}, () => {});
  const lines = (await new Response(stream).text()).split("\n");
  // The first line has the time.
  return lines.slice(1).join("\n");
}

/** A value of the schema that names foreign records wherever it can name any. */
function reaching(schema: Schema | undefined, depth = 0): unknown {
  if (!schema || depth > 6) return foreign;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return reaching(schema.anyOf[0], depth + 1);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object") {
    const members = Object.entries(schema.properties ?? {});
    return Object.fromEntries(members.map(([name, member]) => [name, memberOf(name, member, depth)]));
  }
  if (type === "array") return [reaching(schema.items, depth + 1)];
  if (type === "number" || type === "integer") return 1;
  return type === "boolean" ? true : foreign;
}

const now = new Date();
const timeRange = {
  from: new Date(now.getTime() - 60_000).toISOString(),
  to: new Date(now.getTime() + 60_000).toISOString(),
};

function memberOf(name: string, schema: Schema, depth: number): unknown {
  if (name === "timeRange") return timeRange;
  if (name === "resourceId") return "bob";
  if (/At$|^timestamp$|^(from|to|start|end)(Date)?$/.test(name)) return now.toISOString();
  return reaching(schema, depth + 1);
}

const typeOf = (operation: Operation) => Object.keys(operation.requestBody?.content ?? {})[0] ?? "application/json";

async function ask(token: string | undefined, { method, path, operation }: Entry, isBare = false): Promise<Response> {
  const target = path.replace(/\{\w+\}/g, foreign);
  const query = new URLSearchParams();
  for (const { name, in: place } of operation.parameters ?? []) {
    const isNeeded = !isBare && /[iI]ds?$|^(name|key|metricName|labelKey|searchQuery)$/.test(name);
    if (place === "query" && isNeeded) query.set(name, name === "resourceId" ? "bob" : foreign);
  }
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const hasBody = method !== "GET" && schema !== undefined;
  return server.fetch(
    new Request(`http://localhost${target}${query.size > 0 ? `?${query}` : ""}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(method !== "GET" && { "content-type": typeOf(operation) }),
      },
      ...(hasBody && { body: JSON.stringify(reaching(schema)) }),
    }),
  );
}

const nameOf = ({ method, path }: Entry) => `${method} ${path}`;

/** The routes whose answer is not among those expected, with what it was. */
async function except(expected: readonly number[], token: string | undefined, isBare = false): Promise<string[]> {
  const wrong: string[] = [];
  for (const entry of operations) {
    const response = await ask(token, entry, isBare);
    const text = await response.text();
    if (!expected.includes(response.status)) wrong.push(`${nameOf(entry)} ${response.status} ${text.slice(0, 100)}`);
    if (text.includes(hidden)) wrong.push(`${nameOf(entry)} tells the secret`);
  }
  return wrong;
}

describe("on every route", () => {
  test("a caller without credentials, or with bad ones, is not let in", async () => {
    expect(await except([401], undefined)).toEqual([]);
    expect(await except([401], `${await jwtOf({ scope: "*:*", resources: "*", tenant: "two" })}x`)).toEqual([]);
  });

  test("a token that says nothing grants nothing", async () => {
    expect(await except([403], await jwtOf({}))).toEqual([]);
    expect(await except([403], await jwtOf({ tenant: "two", resources: "*" }))).toEqual([]);
    expect(await except([403], await jwtOf({ tenant: "two", resources: "*", scope: "nothing:at-all" }))).toEqual([]);
  });

  test("the one scope that the document names is needed, and no other helps", async () => {
    const scopes = [...new Set(operations.map(({ operation }) => operation["x-scope"]))];
    const wrong: string[] = [];
    for (const needed of scopes) {
      const scope = scopes.filter((one) => one !== needed).join(" ");
      const token = await jwtOf({ tenant: "two", resources: "*", scope });
      for (const entry of operations.filter(({ operation }) => operation["x-scope"] === needed)) {
        const { status } = await ask(token, entry);
        if (status !== 403) wrong.push(`${nameOf(entry)} ${status} without ${needed}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("a tenant that has no storage, and a token without one, reach nobody's", async () => {
    expect(await except([403], await jwtOf({ tenant: "three", resources: "*", scope: "*:*" }))).toEqual([]);
    expect(await except([403], await jwtOf({ resources: "*", scope: "*:*" }))).toEqual([]);
  });
});

describe("ids of another's records, in paths, queries and bodies", () => {
  const decent = [200, 400, 403, 404, 409, 415, 501];

  test("of another tenant: nothing of them is told, and nothing of them changes", async () => {
    const before = await dump(storages.get("two") as InMemoryStore);
    expect(before).toContain(hidden);
    const token = await jwtOf({ tenant: "one", resources: "*", scope: "*:*" });
    expect(await except(decent, token)).toEqual([]);
    expect(await except(decent, token, true)).toEqual([]);
    expect(await dump(storages.get("two") as InMemoryStore)).toBe(before);
  });

  test("of another resource of the same tenant: likewise", async () => {
    const before = await dump(storages.get("two") as InMemoryStore);
    for (const resources of [["ada"], ["ada", "eve"], []]) {
      const token = await jwtOf({ tenant: "two", resources, scope: "*:*" });
      expect(await except(decent, token)).toEqual([]);
      expect(await except(decent, token, true)).toEqual([]);
    }
    expect(await dump(storages.get("two") as InMemoryStore)).toBe(before);
  });

  test("and whoever may see them does, in answers as the document describes them", async () => {
    const token = await jwtOf({ tenant: "two", resources: "*", scope: "*:read" });
    const routes = routesOf(servicesOf(resolveOptions({ storage: new InMemoryStore() })));
    const wrong: string[] = [];
    let [told, answered] = [0, 0];
    for (const entry of operations.filter(({ operation }) => operation["x-scope"].endsWith(":read"))) {
      const response = await ask(token, entry, entry.method === "GET" && entry.path.endsWith("s"));
      const text = await response.text();
      if (text.includes(hidden)) told++;
      if (response.status !== 200 || !response.headers.get("content-type")?.startsWith("application/json")) continue;
      answered++;
      const route = routes.find(({ method, path }) => nameOf(entry) === `${method.toUpperCase()} /api${path}`);
      const parsed = route?.answer.safeParse(JSON.parse(text));
      if (!parsed?.success) wrong.push(`${nameOf(entry)} ${parsed?.error.message.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
    expect(told).toBeGreaterThan(20);
    expect(answered).toBeGreaterThan(50);
  });
});
