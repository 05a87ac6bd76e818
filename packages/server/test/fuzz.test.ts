import { connect } from "node:net";
import { InMemoryStore } from "@stowage/core";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createServer, type StowageServer } from "../src/index.ts";

// Requests made from the server's own OpenAPI document and then spoiled. Whatever comes, the answer is a success or a refusal
// in the documented shape, and nothing of the inside shows in it.

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
}
interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
}
type Document = { paths: Record<string, Record<string, Operation>> };

const tokens = ["one", "two"].map((tenant) => ({
  token: tenant,
  id: tenant,
  tenant,
  resources: "*" as const,
  scopes: ["*:*"],
}));
tokens.push({ token: "bound", id: "bound", tenant: "one", resources: ["ada"] as never, scopes: ["*:*"] });
const storages = new Map(["one", "two"].map((tenant) => [tenant, new InMemoryStore()]));
const errors: unknown[] = [];
let server: StowageServer;
let url: string;
let operations: { method: string; path: string; operation: Operation }[];

beforeAll(async () => {
  server = createServer({
    storage: (tenant) => storages.get(tenant ?? ""),
    port: 0,
    auth: { tokens },
    limits: { jsonBytes: 100_000 },
    logger: { debug() {}, info() {}, warn() {}, error: (message, error) => errors.push([message, error]) },
  });
  ({ url } = await server.listen());
  const document = (await (await ask("one", "GET", "/api/stowage/openapi.json")).json()) as Document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  await fillSecrets();
});
afterAll(() => server.close());
beforeEach(() => void errors.splice(0));

const ask = (token: string, method: string, path: string, body?: string, type = "application/json") =>
  server.fetch(
    new Request(`http://localhost${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": type }) },
      ...(body !== undefined && { body }),
    }),
  );

const secret = "the-secret-of-tenant-two";
const foreign = "foreign-id";

/** Records of the second tenant, all under one id. */
async function fillSecrets() {
  const storage = storages.get("two") as InMemoryStore;
  const memory = await storage.getStore("memory");
  const now = new Date();
  await memory?.saveThread({
    thread: { id: foreign, resourceId: "bob", title: secret, createdAt: now, updatedAt: now },
  });
  await memory?.updateResource({ resourceId: "bob", workingMemory: secret });
  const workflows = await storage.getStore("workflows");
  const snapshot = { runId: foreign, status: "pending", context: { input: secret } } as never;
  await workflows?.persistWorkflowSnapshot({ workflowName: foreign, runId: foreign, snapshot });
  const observability = await storage.getStore("observability");
  await observability?.createSpan({ span: { traceId: foreign, spanId: foreign, name: secret, startedAt: now } });
  await (await storage.getStore("agents"))?.create({ agent: { id: foreign, name: secret, instructions: "x" } });
  await (await storage.getStore("datasets"))?.createDataset({ id: foreign, name: secret });
  await (await storage.getStore("experiments"))?.createExperiment({
    id: foreign,
    name: secret,
    totalItems: 0,
    datasetId: foreign,
  });
}

const leaks = /\bat .*\(?\/|node_modules|SELECT |INSERT |\.ts:\d|hunter2/;

async function expectDecent(response: Response): Promise<void> {
  const text = await response.text();
  expect(text).not.toMatch(leaks);
  expect(text).not.toContain(secret);
  if (response.status < 400) return;
  expect([400, 401, 403, 404, 405, 409, 413, 415, 422, 501]).toContain(response.status);
  const body = JSON.parse(text);
  expect(body).toMatchObject({ error: expect.any(String), code: expect.any(String), requestId: expect.any(String) });
  expect(["permanent", "temporary", "exhausted"]).toContain(body.retry);
}

const awkwardText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "..",
    "%2e%2e%2f",
    "../../etc/passwd",
    "'; DROP TABLE x;--",
    "\u0000",
    "__proto__",
    "constructor",
    "💥",
    "-1",
    "1e999",
    "null",
    "[]",
    "{",
    "a".repeat(3000),
    foreign,
  ),
);
const anything = fc.oneof(
  { maxDepth: 3 },
  fc.jsonValue({ maxDepth: 4 }),
  awkwardText,
  fc.constant(null),
  fc.double(),
  fc.constant([]),
  fc.constant({}),
);

/** A value that fits the schema more or less: right at first sight, or anything. */
function nearly(schema: Schema | undefined, depth = 0): fc.Arbitrary<unknown> {
  if (!schema || depth > 4) return anything;
  if (schema.enum) return fc.oneof(fc.constantFrom(...schema.enum), anything);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => nearly(option, depth + 1)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  const right =
    type === "object"
      ? fc.record(
          Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, nearly(inner, depth + 1)]),
          ),
          { requiredKeys: schema.required ?? [] },
        )
      : type === "array"
        ? fc.array(nearly(schema.items, depth + 1), { maxLength: 3 })
        : type === "string"
          ? awkwardText
          : type === "number" || type === "integer"
            ? fc.oneof(fc.integer(), fc.double())
            : type === "boolean"
              ? fc.boolean()
              : anything;
  return fc.oneof({ arbitrary: right, weight: 4 }, { arbitrary: anything, weight: 1 });
}

const pathOf = (path: string, ids: (name: string) => string) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids(name)));
const wellFormed = (text: string) => text.toWellFormed();

describe("requests that are nearly right", () => {
  test("are answered, or refused in the documented shape", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.infiniteStream(awkwardText),
        fc.infiniteStream(anything),
        fc.gen(),
        fc.constantFrom("one", "bound"),
        async (pick, texts, values, gen, token) => {
          const { method, path, operation } = operations[pick % operations.length]!;
          const text = () => wellFormed(texts.next().value as string);
          const query = new URLSearchParams();
          for (const { name, in: place } of operation.parameters ?? []) {
            if (place === "query" && text().length % 2)
              query.set(name, wellFormed(String(JSON.stringify(values.next().value) ?? "")));
          }
          const target = `${pathOf(path, () => text() || "x")}?${query}`;
          const schema = operation.requestBody && Object.values(operation.requestBody.content)[0]?.schema;
          const body = method === "GET" ? undefined : (JSON.stringify(gen(() => nearly(schema))) ?? "null");
          await expectDecent(await ask(token, method, target, body));
        },
      ),
      { numRuns: 1500 },
    );
    expect(errors).toEqual([]);
  }, 120_000);
});

describe("another tenant's ids", () => {
  test("are not found on any route, and show nothing of it", async () => {
    for (const { method, path } of operations) {
      const target = pathOf(path, () => foreign);
      if (!target.includes(foreign)) continue;
      for (const token of ["one", "bound"]) {
        const response = await ask(token, method, target, method === "GET" ? undefined : "{}");
        expect(await response.clone().text()).not.toContain(secret);
        await expectDecent(response);
      }
    }
    const two = storages.get("two") as InMemoryStore;
    expect((await (await two.getStore("memory"))?.getThreadById({ threadId: foreign }))?.title).toBe(secret);
    expect(await (await two.getStore("observability"))?.getTrace({ traceId: foreign })).not.toBeNull();
    expect(await (await two.getStore("agents"))?.getById(foreign)).not.toBeNull();
    expect(await (await two.getStore("datasets"))?.getDatasetById({ id: foreign })).not.toBeNull();
    expect(await (await two.getStore("experiments"))?.getExperimentById({ id: foreign })).not.toBeNull();
  });
});

describe("bodies and paths made to harm", () => {
  const bodies: [string, string][] = [
    ["a huge body", `{"a":"${"x".repeat(200_000)}"}`],
    ["deep arrays", `${"[".repeat(40_000)}${"]".repeat(40_000)}`],
    ["deep objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
    ["a long array", `[${"0,".repeat(20_000)}0]`],
    ["a prototype", '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"resourceId":"r"}'],
    ["half a body", '{"resourceId":"r'],
    ["a number beyond all", '{"resourceId":1e999}'],
    ["lone surrogates and NUL", '{"resourceId":"\\ud800\\u0000","name":"\\udfff"}'],
  ];
  test.each(bodies)("%s is no trouble on any route", async (_name, body) => {
    for (const { method, path, operation } of operations) {
      if (operation.requestBody)
        await expectDecent(
          await ask(
            "one",
            method,
            pathOf(path, () => "x"),
            body,
          ),
        );
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(errors).toEqual([]);
  });

  test.each([
    "/api/../../etc/passwd",
    "/api/%2e%2e/%2e%2e/etc/passwd",
    "/api//memory/threads",
    "/api/memory/threads/%00",
    "/api/memory/threads/%ff",
    "/api/memory/threads/%",
    "//evil.example/api",
    "/api/memory/threads/..%2f..%2fx",
  ])("the path %s leads nowhere", async (path) => {
    // As it is on the wire: a client library would tidy it up.
    const { hostname, port } = new URL(url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () =>
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer one\r\nConnection: close\r\n\r\n`,
        ),
      );
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      socket.on("end", () => resolve(text));
      socket.on("error", reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).not.toMatch(/root:|node_modules/);
    expect(errors).toEqual([]);
  });
});
