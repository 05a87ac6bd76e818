import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openServer, type TestServer } from "./open-server.ts";

const tokens = [
  { token: "all", id: "all", resources: "*" as const, scopes: ["*:*"] },
  { token: "ada", id: "ada", resources: ["ada"], scopes: ["*:*"] },
  { token: "scores", id: "scores", resources: "*" as const, scopes: ["records:read", "scores:read"] },
];
let opened: TestServer;
beforeEach(async () => {
  opened = await openServer({ auth: { tokens } });
  const memory = await opened.storage.getStore("memory");
  for (const [id, resourceId, minute] of [
    ["t1", "ada", 1],
    ["t2", "bob", 2],
    ["t3", "ada", 3],
  ] as const) {
    const time = new Date(Date.UTC(2026, 0, 10, 0, minute));
    const metadata = { note: "x".repeat(300) };
    await memory?.saveThread({
      thread: { id, resourceId, title: `Letter ${id}`, metadata, createdAt: time, updatedAt: time },
    });
  }
});
afterEach(() => opened.close());

async function get(path: string, query: Record<string, unknown> = {}, token = "all") {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    params.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  const response = await fetch(`${opened.url}/api/stowage/${path}?${params}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, body: (await response.json()) as any };
}
const threads = "records/memory/mastra_threads";
const idsOf = ({ body }: { body: any }) => body.rows.map(({ key }: { key: string[] }) => key[0]);

describe("records", () => {
  test("tables tell their columns and the ways they are walked", async () => {
    const { body } = await get("records");
    expect(body.domains.map(({ domain }: { domain: string }) => domain)).toHaveLength(7);
    const table = body.domains[0].tables[0];
    expect(table).toMatchObject({ name: "mastra_threads", key: ["id"] });
    expect(table.columns[0]).toEqual({ name: "id", type: "text", isNullable: false });
    expect(table.paths).toContainEqual({ name: "all", eq: [], sort: ["createdAt"], onDemand: false });
  });

  test("pages go on where the last one stopped, both ways", async () => {
    const first = await get(threads, { perPage: 2 });
    expect(idsOf(first)).toEqual(["t1", "t2"]);
    expect(first.body).toMatchObject({ path: "all", end: "limit", total: { count: 3, isExact: true } });
    const second = await get(threads, { perPage: 2, cursor: first.body.next });
    expect(idsOf(second)).toEqual(["t3"]);
    expect(second.body).toMatchObject({ end: "exhausted", next: null });
    expect(second.body.total).toBeUndefined();
    expect(idsOf(await get(threads, { descending: true }))).toEqual(["t3", "t2", "t1"]);
  });

  test("conditions choose the path, and filter what it does not know", async () => {
    const of = (...where: object[]) => get(threads, { where });
    const owned = await of({ column: "resourceId", op: "is", value: "ada" });
    expect(idsOf(owned)).toEqual(["t1", "t3"]);
    expect(owned.body.path).toBe("byResource");
    expect(idsOf(await of({ column: "title", op: "has", value: "T2" }))).toEqual(["t2"]);
    expect(idsOf(await of({ column: "createdAt", op: "from", value: "2026-01-10T00:02:00Z" }))).toEqual(["t2", "t3"]);
    expect(idsOf(await of({ column: "createdAt", op: "to", value: "2026-01-10T00:02:00Z" }))).toEqual(["t1", "t2"]);
    expect(idsOf(await of({ column: "metadata", op: "absent" }))).toEqual([]);
  });

  test("a page holds previews, a record everything", async () => {
    const { body } = await get(threads, { perPage: 1 });
    expect(body.rows[0].values.metadata).toMatch(/^\{"note":"x+…$/);
    const { body: record } = await get(`${threads}/record`, { key: ["t1"] });
    expect(record).toMatchObject({
      key: ["t1"],
      values: { id: "t1", metadata: { note: "x".repeat(300) }, createdAt: "2026-01-10T00:01:00.000Z" },
    });
    expect(record.values._rev).toEqual(expect.any(Number));
    expect((await get(threads, { perPage: 1, full: true })).body.rows[0]).toEqual(record);
  });

  test("what cannot be asked is refused with a reason", async () => {
    const refused = async (path: string, query: object = {}) => {
      const { status, body } = await get(path, query as Record<string, unknown>);
      return `${status} ${body.error}`;
    };
    expect(await refused("records/memory/nothing")).toMatch(/^404 .*nothing of memory/);
    expect(await refused("records/nothing/mastra_threads")).toMatch(/^404/);
    expect(await refused(`${threads}/record`, { key: ["no"] })).toMatch(/^404/);
    expect(await refused(threads, { where: [{ column: "no", op: "is", value: "1" }] })).toMatch(/no column no/);
    expect(await refused(threads, { where: [{ column: "metadata", op: "is", value: "1" }] })).toMatch(/is JSON/);
    expect(await refused(threads, { where: [{ column: "createdAt", op: "from", value: "soon" }] })).toMatch(
      /timestamp/,
    );
    expect(await refused(threads, { path: "byResource" })).toMatch(/say what resourceId is/);
    expect(await refused("records/memory/stowage_thread_metadata")).toMatch(/say what/);
    expect(await refused(threads, { cursor: "spoiled" })).toMatch(/^400/);
  });

  test("only who may see everything of the domain is let in", async () => {
    expect((await get(threads, {}, "ada")).status).toBe(403);
    expect((await get(threads, {}, "scores")).status).toBe(403);
    expect((await get("records/scores/mastra_scorers", {}, "scores")).status).not.toBe(403);
  });
});

describe("threads", () => {
  test("are narrowed by a text of the title and by time", async () => {
    const ids = async (query: object) =>
      (await get("threads", query as Record<string, unknown>)).body.threads.map(({ id }: { id: string }) => id);
    expect(await ids({ title: "letter" })).toEqual(["t3", "t2", "t1"]);
    expect(await ids({ from: "2026-01-10T00:02:00Z", resourceId: "ada" })).toEqual(["t3"]);
    expect((await get("threads", {}, "ada")).body.total).toBe(2);
  });

  test("have figures: messages, and what their traces used and cost", async () => {
    const memory = await opened.storage.getStore("memory");
    const content = { format: 2, parts: [{ type: "text", text: "hi" }] };
    await memory?.saveMessages({
      messages: [
        { id: "m1", threadId: "t1", resourceId: "ada", role: "user", createdAt: new Date(), content } as never,
      ],
    });
    const startedAt = new Date(Date.UTC(2026, 0, 10));
    const span = { traceId: "x", startedAt, endedAt: startedAt, isEvent: false, threadId: "t1", resourceId: "ada" };
    await (await opened.storage.getStore("observability"))?.batchCreateSpans({
      records: [
        { ...span, spanId: "root", parentSpanId: null, name: "run", spanType: "agent_run" },
        {
          ...span,
          spanId: "call",
          parentSpanId: "root",
          name: "llm",
          spanType: "model_generation",
          attributes: { model: "m", usage: { inputTokens: 7, outputTokens: 3 } },
        },
      ] as never,
    });
    const { body } = await get("threads/figures", { threadIds: ["t1", "t2"] }, "all");
    expect(body.threads).toEqual([
      {
        threadId: "t1",
        messages: 1,
        traces: { count: 1, errors: 0, inputTokens: 7, outputTokens: 3, costs: {}, uncosted: 1, isPartial: false },
      },
      { threadId: "t2", messages: 0, traces: null },
    ]);
    expect((await get("threads/figures", { threadIds: ["t2"] }, "ada")).status).toBe(403);
  });

  test("tell the tree of copies in which they stand", async () => {
    const memory = await opened.storage.getStore("memory");
    await memory?.cloneThread({ sourceThreadId: "t1", newThreadId: "c1" });
    await memory?.cloneThread({ sourceThreadId: "c1", newThreadId: "c2" });
    const { body } = await get("threads/c1/branches", {}, "ada");
    const tree = body.threads.map(({ id, sourceThreadId }: any) => [id, sourceThreadId]);
    expect(tree).toEqual([
      ["t1", null],
      ["c1", "t1"],
      ["c2", "c1"],
    ]);
    expect(body.isComplete).toBe(true);
    await memory?.deleteThread({ threadId: "t1" });
    expect((await get("threads/c2/branches")).body.threads[0]).toMatchObject({ id: "c1", isOrphan: true });
    expect((await get("threads/t2/branches", {}, "ada")).status).toBe(403);
  });

  test("have owners, all of them, and a bound caller its own", async () => {
    const { body } = await get("resources", { perPage: 1 });
    expect(body).toMatchObject({ total: 2, hasMore: true });
    expect(body.resources[0]).toEqual({
      resourceId: "ada",
      threads: 2,
      lastActivityAt: "2026-01-10T00:03:00.000Z",
    });
    expect((await get("resources", { q: "BO" })).body.resources).toHaveLength(1);
    expect((await get("resources", {}, "ada")).body).toMatchObject({ total: 1, resources: [{ resourceId: "ada" }] });
  });
});

describe("the search in messages", () => {
  beforeEach(async () => {
    const memory = await opened.storage.getStore("memory");
    const messages = ["t1", "t2", "t3"].flatMap((threadId) =>
      Array.from({ length: 300 }, (_, number) => ({
        id: `${threadId}-${number}`,
        threadId,
        resourceId: threadId === "t2" ? "bob" : "ada",
        role: "user",
        createdAt: new Date(Date.UTC(2026, 0, 11, 0, 0, number)),
        content: { format: 2, parts: [{ type: "text", text: number === 0 ? "The Needle is here" : "hay" }] },
      })),
    );
    await memory?.saveMessages({ messages: messages as never });
  });

  test("goes through all owners, or one, in pieces", async () => {
    const everything = await get("messages/search", { q: "needle" });
    expect(everything.body.results.map(({ id }: { id: string }) => id).sort()).toEqual(["t1-0", "t2-0", "t3-0"]);
    expect(everything.body).toMatchObject({ looked: 900, next: null });
    expect(everything.body.results[0].excerpt).toContain("Needle is here");
    const first = await get("messages/search", { q: "hay", resourceId: "ada", perPage: 10 });
    expect(first.body).toMatchObject({ looked: 500, next: "0.1" });
    const second = await get("messages/search", { q: "needle", resourceId: "ada", after: first.body.next });
    expect(second.body).toMatchObject({ looked: 100, next: null });
    expect(second.body.results).toHaveLength(2);
    expect((await get("messages/search", { q: "x", after: "nowhere" })).status).toBe(400);
    const bound = await get("messages/search", { q: "needle" }, "ada");
    expect(bound.body.results).toHaveLength(2);
  });
});

describe("the history of working memory", () => {
  test("follows from the calls that wrote it, the latest first", async () => {
    const span = (number: number, resourceId: string) => ({
      traceId: `w${number}`,
      spanId: `s${number}`,
      parentSpanId: null,
      name: "tool: 'updateWorkingMemory'",
      spanType: "tool_call",
      isEvent: false,
      entityType: "tool",
      entityId: "updateWorkingMemory",
      entityName: "updateWorkingMemory",
      threadId: "t1",
      resourceId,
      startedAt: new Date(Date.UTC(2026, 0, 10, 0, number)),
      endedAt: new Date(Date.UTC(2026, 0, 10, 0, number)),
      input: { memory: number === 3 ? { name: "Ada" } : `version ${number}` },
    });
    await (await opened.storage.getStore("observability"))?.batchCreateSpans({
      records: [span(1, "ada"), span(2, "bob"), span(3, "ada")] as never,
    });
    const { body } = await get("resources/ada/working-memory", {}, "ada");
    expect(body.changes).toEqual([
      { at: "2026-01-10T00:03:00.000Z", traceId: "w3", spanId: "s3", threadId: "t1", text: '{\n  "name": "Ada"\n}' },
      { at: "2026-01-10T00:01:00.000Z", traceId: "w1", spanId: "s1", threadId: "t1", text: "version 1" },
    ]);
    expect((await get("resources/bob/working-memory", {}, "ada")).status).toBe(403);
  });
});
