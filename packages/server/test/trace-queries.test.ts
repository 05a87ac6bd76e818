import { MastraClient } from "@mastra/client-js";
import { InMemoryStore } from "@stowage/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createServer, type StowageServer } from "../src/index.ts";

const tokens = [
  { token: "all", id: "all", resources: "*" as const, scopes: ["*:read"] },
  { token: "ada", id: "ada", resources: ["ada"], scopes: ["*:read"] },
];
let server: StowageServer;
let client: MastraClient;
let url: string;
let storage: InMemoryStore;

const start = Date.now() - 60_000;
const at = (offset: number) => new Date(start + offset);
const timeRange = { from: at(-1000).toISOString(), to: at(120_000).toISOString() };

beforeEach(async () => {
  storage = new InMemoryStore();
  server = createServer({ storage, port: 0, auth: { tokens } });
  ({ url } = await server.listen());
  client = new MastraClient({ baseUrl: url, retries: 0, headers: { authorization: "Bearer all" } });
  const observability = await storage.getStore("observability");
  const root = (traceId: string, offset: number, more: object = {}) => ({
    traceId,
    spanId: "root",
    name: traceId,
    spanType: "agent_run",
    startedAt: at(offset),
    endedAt: at(offset + 100),
    ...more,
  });
  await observability?.batchCreateSpans({
    records: [
      root("a", 0, { threadId: "t1", resourceId: "ada", tags: ["red"], metadata: { plan: "pro" } }),
      root("b", 10, { threadId: "t1", resourceId: "bob", error: { message: "x" }, endedAt: at(1010) }),
      root("c", 20, { threadId: "t2", resourceId: "ada", metadata: { plan: "free" } }),
      {
        ...root("c", 21),
        spanId: "model",
        parentSpanId: "root",
        spanType: "model_generation",
        attributes: { model: "m1", provider: "p", usage: { inputTokens: 10, outputTokens: 5 } },
      },
    ] as never,
  });
});
afterEach(() => server.close());

const post = (path: string, body: object, token = "all") =>
  server.fetch(
    new Request(`http://localhost/api${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
const ask = async (path: string, body: object, token?: string): Promise<any> => (await post(path, body, token)).json();
const idsOf = async (where: object, token?: string) =>
  (await ask("/observability/traces/query", { timeRange, where }, token)).traces.map(
    ({ traceId }: { traceId: string }) => traceId,
  );
const eq = (path: string, literal: unknown) => ({ op: "eq", left: { path }, right: { literal } });

describe("a query of traces", () => {
  test.each<[string, object, string[]]>([
    ["equality", eq("status", "error"), ["b"]],
    ["metadata", eq("metadata.plan", "pro"), ["a"]],
    ["a member of a list", eq("tags", "red"), ["a"]],
    ["order", { op: "gt", left: { path: "durationMs" }, right: { literal: 500 } }, ["b"]],
    ["membership", { op: "notIn", value: { path: "resourceId" }, set: ["bob"] }, ["c", "a"]],
    ["presence", { op: "notExists", path: "tags" }, ["c", "b"]],
    ["logic", { op: "and", args: [eq("threadId", "t1"), { op: "not", arg: eq("status", "error") }] }, ["a"]],
    ["related spans", { spans: { some: eq("model", "m1") } }, ["c"]],
    ["no related spans", { spans: { none: eq("model", "m1") } }, ["b", "a"]],
  ])("by %s", async (_, where, expected) => {
    expect(await idsOf(where)).toEqual(expected);
  });

  test("comes from the official client", async () => {
    const answer = await client.queryTraces({ timeRange, where: eq("status", "error") } as never);
    expect(answer).toMatchObject({ traces: [{ traceId: "b", rootSpanId: "root" }], page: { next: null } });
  });

  test("goes on by cursor, by page number and as a poll", async () => {
    const query = { timeRange, orderBy: [{ field: "startedAt", direction: "asc" }] };
    const first = await ask("/observability/traces/query", { ...query, page: { limit: 2 } });
    expect(first.traces.map(({ traceId }: { traceId: string }) => traceId)).toEqual(["a", "b"]);
    const after = first.page.next as string;
    const second = await ask("/observability/traces/query", { ...query, page: { limit: 2, after } });
    expect(second).toMatchObject({ traces: [{ traceId: "c" }], page: { next: null } });
    const other = await post("/observability/traces/query", { timeRange, page: { after } });
    expect([other.status, await other.json()]).toMatchObject([409, { details: { id: "TRACE_QUERY_CURSOR_CONFLICT" } }]);
    const broken = await post("/observability/traces/query", { ...query, page: { after: "e30" } });
    expect([broken.status, await broken.json()]).toMatchObject([
      400,
      { details: { id: "TRACE_QUERY_CURSOR_MALFORMED" } },
    ]);
    const page = await ask("/observability/traces/query", { timeRange, pagination: { page: 1, perPage: 2 } });
    expect(page).toMatchObject({ traces: [{ traceId: "a" }], pagination: { total: 3, hasMore: false } });
    const { deltaCursor } = await ask("/observability/traces/query", { timeRange, pagination: {} });
    const poll = await ask("/observability/traces/query", { timeRange, mode: "delta", after: deltaCursor });
    expect(poll).toMatchObject({ traces: [], delta: { hasMore: false } });
  });

  test("groups traces by thread, and threads are judged by their traces", async () => {
    const grouped = await ask("/observability/traces/query", { timeRange, group: { by: ["threadId"] } });
    expect(grouped.groups).toEqual([{ threadId: "t1" }, { threadId: "t2" }]);
    const where = { traces: { some: eq("status", "error") } };
    const threads = await ask("/observability/threads/query", { traces: { timeRange }, where });
    expect(threads).toEqual({ threads: [{ threadId: "t1" }], page: { next: null } });
  });

  test("sees only what the caller owns, whatever it asks for", async () => {
    expect(await idsOf({ op: "exists", path: "traceId" }, "ada")).toEqual(["c", "a"]);
    expect(await idsOf(eq("resourceId", "bob"), "ada")).toEqual([]);
    const { rows } = await ask("/stowage/traces/aggregate", { timeRange, measures: ["count"] }, "ada");
    expect(rows).toEqual([{ measures: { count: 2 } }]);
    const path = "resourceId";
    const { values } = await ask(
      "/observability/traces/query/values",
      { timeRange, predicateScope: "trace", path },
      "ada",
    );
    expect(values).toEqual([{ value: "ada", count: 2 }]);
  });

  const deep = Array.from({ length: 13 }).reduce<object>((arg) => ({ op: "not", arg }), eq("status", "error"));
  test.each<[string, object, string]>([
    [
      "a range that ends before it begins",
      { timeRange: { from: timeRange.to, to: timeRange.from } },
      "invalid_time_range",
    ],
    ["more than 31 days", { timeRange: { ...timeRange, from: at(-32 * 86_400_000) } }, "time_range_too_large"],
    ["too deep a condition", { where: deep }, "predicate_too_complex"],
    ["an unknown field", { where: eq("password", "x") }, "field_not_allowed"],
    ["a field of another scope", { where: { spans: { some: eq("threadId", "x") } } }, "field_not_allowed"],
    [
      "an operator for another kind",
      { where: { op: "lt", left: { path: "status" }, right: { literal: "x" } } },
      "operator_not_allowed",
    ],
    ["two literals", { where: { op: "eq", left: { literal: 1 }, right: { literal: 1 } } }, "invalid_operands"],
    ["a literal of another kind", { where: eq("durationMs", "long") }, "invalid_literal"],
    ["two ways of paging", { page: {}, pagination: {} }, "pagination_mode_conflict"],
    ["a page of groups", { group: { by: ["threadId"] }, pagination: {} }, "group_pagination_not_supported"],
    [
      "ordered groups",
      { group: { by: ["threadId"] }, orderBy: [{ field: "startedAt", direction: "asc" }] },
      "group_order_not_supported",
    ],
  ])("refuses %s", async (_, more, problem) => {
    const response = await post("/observability/traces/query", { timeRange, ...more });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ details: { id: "TRACE_QUERY_INVALID", problem } });
  });
});

test("fields and values that conditions may name", async () => {
  const fields = await ask("/observability/traces/query/fields", { timeRange, predicateScope: "trace" });
  expect(fields.canonicalFields).toContainEqual({
    path: "durationMs",
    valueKind: "number",
    operators: expect.arrayContaining(["gt", "in"]),
    valueSuggestions: false,
  });
  expect(fields.observedFields).toMatchObject([{ path: "metadata.plan", occurrences: 2 }]);
  const query = { timeRange, predicateScope: "trace", path: "threadId" };
  expect(await ask("/observability/traces/query/values", query)).toEqual({
    values: [
      { value: "t1", count: 2 },
      { value: "t2", count: 1 },
    ],
    valuesTruncated: false,
  });
});

test("figures by group and time", async () => {
  const answer = await ask("/stowage/traces/aggregate", {
    timeRange,
    dimensions: ["threadId"],
    measures: ["count", "errorRate", "duration.p95", "countDistinct.resourceId"],
    orderBy: { by: "threadId", direction: "asc" },
    interval: "1m",
  });
  expect(answer).toMatchObject({ truncated: false });
  expect(answer.rows[0]).toMatchObject({
    dimensions: { threadId: "t1" },
    measures: { count: 2, errorRate: 0.5, "countDistinct.resourceId": 2 },
  });
  for (const bad of [
    { measures: ["sum"] },
    { measures: ["count"], dimensions: ["traceId"] },
    { measures: ["count"], timeRange: { ...timeRange, from: at(-80_000_000) }, interval: "1m" },
  ]) {
    expect((await post("/stowage/traces/aggregate", { timeRange, ...bad })).status).toBe(400);
  }
});

const get = async (path: string, token = "all") =>
  server.fetch(
    new Request(`http://localhost/api/stowage/traces${path}`, { headers: { authorization: `Bearer ${token}` } }),
  );
const got = async (path: string, token?: string): Promise<any> => (await get(path, token)).json();

test("what traces used and cost, outer spans not counted twice", async () => {
  const { traces } = await got("/usage?traceIds=a,c");
  expect(traces).toMatchObject([
    { traceId: "a", spanCount: 1, models: [], usage: null, firstTokenMs: null },
    {
      traceId: "c",
      spanCount: 2,
      models: ["m1"],
      usage: { input: 10, output: 5, estimatedCost: null, unpriced: 1 },
    },
  ]);
  expect((await get("/usage?traceIds=a,c", "ada")).status).toBe(200);
  expect((await get("/usage?traceIds=a,b", "ada")).status).toBe(403);
  const many = Array.from({ length: 101 }, (_, n) => `t${n}`).join(",");
  expect((await get(`/usage?traceIds=${many}`)).status).toBe(400);
});

test("a cost that is stored counts, any other follows from the prices", async () => {
  const observability = await storage.getStore("observability");
  const call = (spanId: string, model: string, more: object = {}) => ({
    traceId: "paid",
    spanId,
    name: spanId,
    spanType: "model_generation",
    startedAt: at(0),
    endedAt: at(100),
    attributes: { model, provider: "openai", usage: { inputTokens: 1_000_000, outputTokens: 0 }, ...more },
  });
  const cost = { estimatedCost: 0.5, costUnit: "USD", priceVersion: "mine" };
  await observability?.batchCreateSpans({
    records: [
      call("1", "gpt-4o"),
      call("2", "gpt-4o"),
      call("3", "own", { cost, completionStartTime: at(40) }),
    ] as never,
  });
  const [paid] = (await got("/usage?traceIds=paid")).traces;
  expect(paid).toMatchObject({ firstTokenMs: 40, usage: { estimatedCost: 5.5, costUnit: "USD", unpriced: 0 } });
  const { calls } = await got("/paid/calls");
  expect(calls.map((entry: any) => [entry.spanId, entry.cost.estimatedCost]).sort()).toEqual([
    ["1", 2.5],
    ["2", 2.5],
    ["3", 0.5],
  ]);
});

test("a list of traces that says where they belong, and a trace as OTLP, only to who may see them", async () => {
  const { spans } = await got("?orderBy=startedAt");
  expect(spans.map(({ traceId, context }: any) => [traceId, context.threadId, context.resourceId])).toEqual([
    ["c", "t2", "ada"],
    ["b", "t1", "bob"],
    ["a", "t1", "ada"],
  ]);
  expect((await got("", "ada")).spans).toHaveLength(2);
  expect((await get("?unknown=1")).status).toBe(400);
  const { resourceSpans } = await got("/c/otlp");
  expect(resourceSpans[0].scopeSpans[0].spans).toHaveLength(2);
  expect((await get("/b/otlp", "ada")).status).toBe(403);
  expect((await get("/b/calls", "ada")).status).toBe(403);
  expect([(await get("/none/otlp")).status, (await get("/none/calls")).status]).toEqual([404, 404]);
});
