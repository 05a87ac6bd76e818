import { MastraClient } from "@mastra/client-js";
import { afterEach, expect, test } from "vitest";
import { openServer, type TestServer } from "./open-server.ts";

const open: TestServer[] = [];
const start = async (...args: Parameters<typeof openServer>) => {
  const server = await openServer(...args);
  open.push(server);
  return server;
};
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function fill({ url, storage }: TestServer) {
  const client = new MastraClient({ baseUrl: url, retries: 0 });
  for (const [threadId, resourceId] of [
    ["t1", "ada"],
    ["t2", "bob"],
  ] as const) {
    await client.createMemoryThread({ agentId: "a", threadId, resourceId, title: threadId });
    const message = {
      id: `m-${threadId}`,
      threadId,
      resourceId,
      role: "user",
      content: { format: 2, parts: [{ type: "text", text: "hi ☃" }] },
    };
    await client.saveMessageToMemory({ agentId: "a", messages: [message] } as never);
    await client.updateWorkingMemory({ agentId: "a", threadId, workingMemory: resourceId });
  }
  await client.getWorkflow("w").createRun({ runId: "r1" });
  const scores = await storage.getStore("scores");
  for (const [id, resourceId] of [
    ["sc1", "ada"],
    ["sc2", "bob"],
  ] as const) {
    const common = { scorerId: "judge", entityId: "a", runId: "r1", scorer: {}, entity: {}, source: "LIVE" } as const;
    await scores?.saveScore({ ...common, id, resourceId, score: 0.5, output: { text: "x" } });
  }
  const observability = await storage.getStore("observability");
  const startedAt = new Date(Date.now() - 1000);
  await observability?.batchCreateSpans({
    records: [{ traceId: "tr", spanId: "s", name: "n", startedAt, resourceId: "ada" }],
  });
  await observability?.batchCreateLogs({ logs: [{ logId: "l1", level: "info", message: "m", timestamp: startedAt }] });
  await client.createStoredAgent({
    id: "poet",
    name: "Poet",
    instructions: "x",
    model: { provider: "p", name: "m" },
  } as never);
  await client.getStoredAgent("poet").update({ instructions: "y" } as never);
  const { id: datasetId } = await client.createDataset({ name: "D" } as never);
  const item = await client.addDatasetItem({ datasetId, input: 1 });
  await client.createDatasetExperiment({ datasetId, id: "e1" } as never);
  await client.submitExperimentResult({ datasetId, experimentId: "e1", itemId: item.id, output: 2 } as never);
  return { client, datasetId };
}

const lines = async (response: Response) =>
  (await response.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("what one server exports another imports, once however often", async () => {
  const source = await start();
  const { datasetId } = await fill(source);
  const response = await fetch(`${source.url}/api/stowage/export`);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const dump = await response.text();
  const records = dump
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(records[0]).toMatchObject({ stowage: "export", format: 1, source: "LibSQLStore" });
  expect(records.at(-1)).toMatchObject({
    stowage: "end",
    tables: {
      "memory.messages": { count: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      "agents.agents": { count: 1 },
      "scores.scores": { count: 2 },
    },
  });

  const target = await start();
  const send = (onConflict: string) =>
    fetch(`${target.url}/api/stowage/import?onConflict=${onConflict}`, { method: "POST", body: dump });
  const first = await (await send("fail")).json();
  expect(first).toMatchObject({
    rejected: [],
    isComplete: true,
    tables: { "memory.threads": { written: 2, skipped: 0 } },
  });
  const again = await (await send("skip")).json();
  expect(again).toMatchObject({
    rejected: [],
    tables: { "memory.threads": { written: 0, skipped: 2 }, "agents.agents": { skipped: 1 } },
  });
  expect(await (await send("overwrite")).json()).toMatchObject({ rejected: [] });
  expect((await send("fail")).status).toBe(409);

  const client = new MastraClient({ baseUrl: target.url, retries: 0 });
  expect(await client.listThreadMessages("t1")).toMatchObject({
    messages: [{ id: "m-t1", content: { parts: [{ text: "hi ☃" }] } }],
  });
  expect(await client.getWorkingMemory({ agentId: "a", threadId: "t2" })).toMatchObject({ workingMemory: "bob" });
  const scoreIn = async ({ storage }: TestServer) => {
    const { updatedAt: _updatedAt, ...score } = (await (
      await storage.getStore("scores")
    )?.getScoreById({ id: "sc1" })) ?? {
      updatedAt: null,
    };
    return score;
  };
  expect(await scoreIn(target)).toEqual(await scoreIn(source));
  expect(await client.getTrace("tr")).toMatchObject({ spans: [{ spanId: "s" }] });
  expect(await client.getStoredAgent("poet").details({}, { status: "draft" })).toMatchObject({ instructions: "y" });
  expect((await client.listDatasetItems(datasetId)).items).toHaveLength(1);
  expect((await client.listDatasetExperimentResults(datasetId, "e1")).results).toHaveLength(1);
});

test("an export is narrowed by domain and owner", async () => {
  const source = await start();
  await fill(source);
  const records = await lines(
    await fetch(`${source.url}/api/stowage/export?domains=memory,scores,observability&resourceId=ada`),
  );
  const owners = new Set(records.slice(1, -1).map(({ r }) => r.resourceId ?? r.id));
  expect([...owners]).toEqual(["ada"]);
  const refused = await fetch(`${source.url}/api/stowage/export?domains=plants`);
  expect(refused.status).toBe(400);
  expect((await fetch(`${source.url}/api/stowage/export?domain=memory`)).status).toBe(400);
});

test("lines that are no records are rejected by number, and the others are written", async () => {
  const target = await start();
  const thread = {
    d: "memory",
    t: "threads",
    r: { id: "t", resourceId: "ada", createdAt: new Date(), updatedAt: new Date() },
  };
  const body = ["{broken", JSON.stringify({ d: "plants", t: "rose", r: {} }), JSON.stringify(thread)].join("\n");
  const response = await fetch(`${target.url}/api/stowage/import`, { method: "POST", body });
  expect(await response.json()).toEqual({
    tables: { "memory.threads": { written: 1, skipped: 0 } },
    rejected: [
      { line: 1, reason: "the body is not JSON" },
      { line: 2, reason: "no record of a known kind" },
    ],
    rejectedCount: 2,
    isComplete: false,
  });
});

test("a dry run of an import counts and writes nothing", async () => {
  const source = await start();
  await fill(source);
  const body = await (await fetch(`${source.url}/api/stowage/export`)).text();
  const target = await start();
  const send = async (headers: object) => {
    const response = await fetch(`${target.url}/api/stowage/import`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson", ...headers },
      body,
    });
    return { applied: response.headers.get("preference-applied"), report: await response.json() };
  };
  const dry = await send({ prefer: "dry-run" });
  expect(dry.applied).toBe("dry-run");
  expect(dry.report).toMatchObject({ isComplete: true, tables: { "memory.threads": { written: 2, skipped: 0 } } });
  expect(await (await target.storage.getStore("memory"))?.getThreadById({ threadId: "t1" })).toBeNull();
  const { report } = await send({});
  expect(report).toEqual(dry.report);
});

test("an export that is not finished when the server stops says so in its last line", async () => {
  const source = await start({ drainTimeoutMs: 100 });
  await fill(source);
  const memory = await source.storage.getStore("memory");
  memory!.listMessages = () => new Promise(() => {});
  const response = await fetch(`${source.url}/api/stowage/export?domains=memory`);
  const text = response.text();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await source.server.close();
  const all = (await text).trim().split("\n");
  expect(all.at(-1)).toBe('{"stowage":"interrupted"}');
  expect(all[0]).toContain('"stowage":"export"');
  const target = await start();
  const answer = await fetch(`${target.url}/api/stowage/import`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: await text,
  });
  expect(await answer.json()).toMatchObject({ isComplete: false, rejectedCount: 0 });
});

test("an export whose storage fails half way says so too", async () => {
  const source = await start({ logger: { debug() {}, info() {}, warn() {}, error() {} } });
  await fill(source);
  const scores = await source.storage.getStore("scores");
  scores!.listScores = async () => {
    throw new Error("inside of the database");
  };
  const text = await (await fetch(`${source.url}/api/stowage/export?domains=memory,scores`)).text();
  expect(text.trim().split("\n").at(-1)).toBe('{"stowage":"interrupted"}');
  expect(text).not.toContain("inside of the database");
});
