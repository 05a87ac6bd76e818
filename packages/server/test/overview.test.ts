import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InMemoryStore, MastraCompositeStore } from "@stowage/core";
import { LibSQLStore } from "@stowage/libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createServer, type StowageServer } from "../src/index.ts";

const tokens = [
  { token: "all", id: "all", resources: "*" as const, scopes: ["*:*"] },
  { token: "ada", id: "ada", resources: ["ada"], scopes: ["*:read"] },
  { token: "memory", id: "memory", resources: "*" as const, scopes: ["memory:read", "system:read"] },
];
let folder: string;
let storage: LibSQLStore;
let server: StowageServer;

const serve = (kept: MastraCompositeStore) => createServer({ storage: kept, port: 0, auth: { tokens } });
const get = async (path: string, token = "all"): Promise<any> =>
  (
    await server.fetch(
      new Request(`http://localhost/api/stowage${path}`, { headers: { authorization: `Bearer ${token}` } }),
    )
  ).json();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-overview-"));
  storage = new LibSQLStore({
    id: "test",
    url: `file:${join(folder, "agents.db")}`,
    retention: { observability: { spans: { maxAge: "30d" } } },
  });
  server = serve(storage);
});
afterEach(async () => {
  await server.close();
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

async function fill() {
  const now = new Date();
  const memory = await storage.getStore("memory");
  await memory?.saveThread({
    thread: { id: "t1", resourceId: "ada", title: "First", createdAt: now, updatedAt: now },
  });
  const content = { format: 2, parts: [{ type: "text", text: "hi" }] };
  await memory?.saveMessages({
    messages: [{ id: "m1", threadId: "t1", resourceId: "ada", role: "user", createdAt: now, content } as never],
  });
  const workflows = await storage.getStore("workflows");
  for (const [runId, status] of [
    ["r1", "suspended"],
    ["r2", "success"],
  ]) {
    const snapshot = { runId, status, context: {} } as never;
    await workflows?.persistWorkflowSnapshot({
      workflowName: "w",
      runId: runId as string,
      resourceId: "bob",
      snapshot,
    });
  }
  const observability = await storage.getStore("observability");
  const startedAt = new Date(now.getTime() - 1000);
  await observability?.batchCreateSpans({
    records: [
      { traceId: "tr1", spanId: "s1", name: "ask", startedAt, endedAt: now, resourceId: "ada" },
      { traceId: "tr1", spanId: "s2", parentSpanId: "s1", name: "model", startedAt, endedAt: now, resourceId: "ada" },
      { traceId: "tr2", spanId: "s3", name: "fail", startedAt, endedAt: now, error: { message: "x" } },
    ],
  });
  await (await storage.getStore("agents"))?.create({ agent: { id: "poet", name: "Poet", instructions: "x" } });
  const datasets = await storage.getStore("datasets");
  await datasets?.createDataset({ id: "d1", name: "D" });
  const item = await datasets?.addItem({ datasetId: "d1", input: 1 });
  const experiments = await storage.getStore("experiments");
  await experiments?.createExperiment({ id: "e1", name: "E", datasetId: "d1", totalItems: 1 });
  const scores = await storage.getStore("scores");
  const saved = await scores?.saveScore({
    scorerId: "judge",
    entityId: "poet",
    runId: "r2",
    score: 1,
    scorer: {},
    entity: {},
    source: "LIVE",
  });
  return { itemId: item?.id as string, scoreId: saved?.score.id as string };
}

describe("the storage", () => {
  test("is described domain by domain: who keeps it, where, what it can and how much there is", async () => {
    await fill();
    const { name, domains } = await get("/storage");
    expect(name).toBe("LibSQLStore");
    const byName = Object.fromEntries(domains.map((row: { domain: string }) => [row.domain, row]));
    expect(Object.keys(byName)).toEqual([
      "memory",
      "workflows",
      "scores",
      "observability",
      "agents",
      "datasets",
      "experiments",
    ]);
    expect(byName.memory).toMatchObject({
      adapter: "MemoryLibSQL",
      engine: "libsql",
      target: `file:${join(folder, "agents.db")}`,
      health: { status: "up", milliseconds: expect.any(Number) },
      capabilities: { atomicity: "native" },
      bytes: expect.any(Number),
      missing: expect.arrayContaining([{ feature: "time-to-live", reason: expect.any(String) }]),
    });
    expect(byName.memory.tables).toContainEqual({
      name: "mastra_threads",
      rows: { count: 1, precision: "exact" },
      ages: { column: "createdAt", oldest: expect.any(String), newest: expect.any(String), lastDay: 1 },
    });
    // Nothing keeps all messages in one order, and a description must not walk them.
    expect(byName.memory.tables).toContainEqual({ name: "mastra_messages" });
    expect(byName.observability).toMatchObject({
      retention: { spans: { maxAge: "30d" } },
      features: expect.arrayContaining(["trace-query"]),
    });
  });

  test("may be composed, and may lack domains", async () => {
    await server.close();
    const memory = await new InMemoryStore().getStore("memory");
    server = serve(new MastraCompositeStore({ id: "c", domains: { memory: memory as never } }));
    const { domains } = await get("/storage");
    expect(domains[0]).toMatchObject({ domain: "memory", engine: "memory", target: "the memory of this process" });
    expect(domains[1]).toEqual({ domain: "workflows", health: { status: "absent" } });
    const overview = await get("/overview");
    expect(overview.domains).toMatchObject({ memory: { threads: 0 }, workflows: null, observability: null });
  });

  test("its address shows no credentials", async () => {
    await server.close();
    const remote = new LibSQLStore({ id: "r", url: "libsql://db.invalid?authToken=hunter2", disableInit: true });
    server = serve(remote);
    const text = JSON.stringify(await get("/storage"));
    expect(text).toContain("libsql://db.invalid");
    expect(text).not.toContain("hunter2");
    await remote.close();
  });

  test("is not described to callers bound to resources", async () => {
    expect(await get("/storage", "ada")).toMatchObject({ code: "forbidden" });
    expect(await get("/overview", "ada")).toMatchObject({ code: "forbidden" });
  });
});

test("the overview counts every list and sums up the traces of a day", async () => {
  await fill();
  const { domains } = await get("/overview");
  expect(domains).toMatchObject({
    memory: { threads: 1 },
    workflows: { runs: 2, byStatus: { suspended: 1, success: 1 } },
    observability: {
      traces: 2,
      lastDay: { traces: 2, errors: 1, figures: { count: 2, errorRate: 0.5, "duration.p50": 1000 } },
      lastMonth: { traces: 2, errors: 1 },
    },
    agents: { agents: 1 },
    datasets: { datasets: 1 },
    experiments: { experiments: 1 },
  });
});

describe("an id", () => {
  test("finds its record, whatever it is", async () => {
    const { itemId, scoreId } = await fill();
    const kindsOf = async (id: string) => (await get(`/lookup/${id}`)).found.map((hit: { kind: string }) => hit.kind);
    expect((await get("/lookup/t1")).found).toEqual([{ kind: "thread", domain: "memory", id: "t1", title: "First" }]);
    expect((await get("/lookup/m1")).found).toMatchObject([{ kind: "message", within: { threadId: "t1" } }]);
    expect(await kindsOf("ada")).toEqual(["resource"]);
    expect((await get("/lookup/r1")).found).toMatchObject([{ kind: "run", within: { workflowName: "w" } }]);
    expect(await kindsOf("w")).toEqual(["workflow"]);
    expect(await kindsOf("tr1")).toEqual(["trace"]);
    expect((await get("/lookup/s2")).found).toMatchObject([{ kind: "span", within: { traceId: "tr1" } }]);
    expect(await kindsOf(scoreId)).toEqual(["score"]);
    expect(await kindsOf("judge")).toEqual(["scorer"]);
    expect(await kindsOf("poet")).toEqual(["agent"]);
    expect(await kindsOf("d1")).toEqual(["dataset"]);
    expect((await get(`/lookup/${itemId}`)).found).toMatchObject([{ kind: "item", within: { datasetId: "d1" } }]);
    expect(await kindsOf("e1")).toEqual(["experiment"]);
    expect(await kindsOf("nothing")).toEqual([]);
  });

  test("shows only what the caller may see", async () => {
    await fill();
    const found = async (id: string, token: string) => (await get(`/lookup/${id}`, token)).found.length;
    expect([await found("t1", "ada"), await found("s2", "ada"), await found("ada", "ada")]).toEqual([1, 1, 1]);
    expect([await found("r1", "ada"), await found("tr2", "ada"), await found("poet", "ada")]).toEqual([0, 0, 0]);
    expect([await found("t1", "memory"), await found("tr1", "memory")]).toEqual([1, 0]);
  });
});

test("runs of all workflows in one list, and one with its snapshot", async () => {
  await fill();
  const workflows = await storage.getStore("workflows");
  const snapshot = { status: "suspended", suspendedPaths: { ask: [0] }, context: { input: 1 } };
  await workflows?.persistWorkflowSnapshot({ workflowName: "v", runId: "r3", resourceId: "ada", snapshot } as never);
  const { runs, total, hasMore } = await get("/runs?perPage=2");
  expect([total, hasMore, runs.length]).toEqual([3, true, 2]);
  expect(runs[0]).toMatchObject({ workflowName: "v", runId: "r3", status: "suspended", currentSteps: ["ask"] });
  expect(runs[0]).not.toHaveProperty("snapshot");
  expect((await get("/runs?status=success")).runs).toMatchObject([{ runId: "r2" }]);
  expect((await get("/runs", "ada")).runs).toMatchObject([{ runId: "r3" }]);
  expect((await get("/runs/v/r3", "ada")).run).toMatchObject({ snapshot });
  expect(await get("/runs/w/r1", "ada")).toMatchObject({ code: "forbidden" });
  expect(await get("/runs/w/none")).toMatchObject({ code: "not_found" });
});
