import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openServer, type TestServer } from "./open-server.ts";

// The client of the oldest Mastra that is supported, which that folder has installed apart, over real HTTP.

/** The types of this release are not installed for this package. */
let client: any;
let server: TestServer;
beforeAll(async () => {
  const require = createRequire(new URL("../../mastra-floor/package.json", import.meta.url));
  const { MastraClient } = await import(pathToFileURL(require.resolve("@mastra/client-js")).href);
  server = await openServer();
  client = new MastraClient({ baseUrl: server.url, retries: 0 });
});
afterAll(() => server.close());

const orderBy = { field: "createdAt", direction: "ASC" };

test("memory", async () => {
  const made = await client.createMemoryThread({ agentId: "a", resourceId: "ada", threadId: "t1", title: "First" });
  expect(made).toMatchObject({ id: "t1", resourceId: "ada", title: "First" });
  const content = { format: 2, parts: [{ type: "text", text: "a swallow" }] };
  const message = { id: "m1", threadId: "t1", resourceId: "ada", role: "user", content };
  expect((await client.saveMessageToMemory({ agentId: "a", messages: [message] })).messages).toMatchObject([
    { id: "m1" },
  ]);
  const thread = client.getMemoryThread({ threadId: "t1", agentId: "a" });
  expect((await thread.listMessages({ page: 0, perPage: 10, orderBy })).messages).toMatchObject([{ id: "m1" }]);
  expect((await client.listThreadMessages("t1", { agentId: "a" })).messages).toHaveLength(1);
  expect(await thread.update({ title: "Second", metadata: {}, resourceId: "ada", requestContext: {} })).toMatchObject({
    title: "Second",
  });
  expect(
    (await client.listMemoryThreads({ resourceId: "ada", agentId: "a", orderBy: "createdAt", sortDirection: "ASC" }))
      .threads,
  ).toHaveLength(1);
  await client.updateWorkingMemory({ agentId: "a", threadId: "t1", workingMemory: "# Ada", resourceId: "ada" });
  expect(await client.getWorkingMemory({ agentId: "a", threadId: "t1" })).toMatchObject({ workingMemory: "# Ada" });
  const found = await client.searchMemory({ agentId: "a", resourceId: "ada", searchQuery: "swallow" });
  expect(found.results).toHaveLength(1);
  expect(await client.getMemoryStatus("a")).toMatchObject({ result: true });
  expect(await client.getMemoryConfig({ agentId: "a" })).toMatchObject({ config: {} });
  expect((await thread.clone({ newThreadId: "t2" })).thread).toMatchObject({ id: "t2" });
  await thread.deleteMessages("m1");
  expect((await thread.listMessages()).messages).toEqual([]);
  await thread.delete();
  await expect(thread.get()).rejects.toMatchObject({ status: 404 });
  // Without an agent this release asks the bare prefix, which must remove nothing.
  await expect(client.deleteThread("t2")).rejects.toMatchObject({ status: 404 });
  expect((await client.listMemoryThreads({ resourceId: "ada", agentId: "a" })).threads).toHaveLength(1);
});

test("workflows", async () => {
  const workflow = client.getWorkflow("w");
  const { runId } = await workflow.createRun({ runId: "r1" });
  expect(runId).toBe("r1");
  expect((await workflow.runs({ page: 0, perPage: 5 })).runs).toMatchObject([{ runId: "r1" }]);
  expect(await workflow.runById("r1")).toMatchObject({ runId: "r1", status: "pending" });
  expect(Object.keys(await client.listWorkflows())).toEqual(["w"]);
  expect(await workflow.deleteRunById("r1")).toMatchObject({ message: expect.any(String) });
});

test("scores, traces and signals", async () => {
  const score = { scorerId: "s", entityId: "e", entityType: "agent", runId: "r", score: 1, source: "TEST" };
  const saved = { ...score, scorer: { id: "s" }, entity: {}, output: {} };
  expect((await client.saveScore({ score: saved })).score).toMatchObject({ scorerId: "s" });
  expect((await client.listScoresByScorerId({ scorerId: "s" })).scores).toHaveLength(1);
  expect((await client.listScoresByRunId({ runId: "r" })).scores).toHaveLength(1);
  expect((await client.listScoresByEntityId({ entityId: "e", entityType: "agent" })).scores).toHaveLength(1);
  expect(Object.keys(await client.listScorers())).toEqual(["s"]);
  const at = new Date(Date.now() - 1000);
  const observability = await server.storage.getStore("observability");
  await observability?.createSpan({
    span: {
      ...{ traceId: "tr", spanId: "sp", name: "agent run: 'x'", spanType: "agent_run" },
      startedAt: at,
      endedAt: at,
      entityType: "agent",
      entityId: "x",
    },
  });
  expect((await client.listTraces({ pagination: { page: 0, perPage: 5 } })).spans).toHaveLength(1);
  expect((await client.listTraces({ filters: { entityType: "agent", entityId: "x" } })).spans).toHaveLength(1);
  const legacy = { page: 0, perPage: 5, dateRange: { start: new Date(at.getTime() - 1000) } };
  expect((await client.getTraces({ pagination: legacy, filters: { name: "agent run: 'x'" } })).spans).toHaveLength(1);
  expect((await client.getTrace("tr")).spans).toHaveLength(1);
  expect((await client.listScoresBySpan({ traceId: "tr", spanId: "sp" })).scores).toEqual([]);
  await client.createScore({ score: { traceId: "tr", scorerId: "j", score: 0.5 } });
  expect((await client.listScores({})).scores).toHaveLength(1);
  await client.createFeedback({ feedback: { traceId: "tr", source: "ui", feedbackType: "thumbs", value: 1 } });
  expect((await client.listFeedback({})).feedback).toHaveLength(1);
  expect((await client.listLogsVNext({})).logs).toEqual([]);
  expect(await client.getEntityNames({})).toMatchObject({ names: expect.any(Array) });
  expect((await client.listLogTransports()).transports).toEqual(["stowage"]);
  expect((await client.listLogs({ transportId: "stowage" })).logs).toEqual([]);
});

test("stored agents", async () => {
  const model = { provider: "p", name: "m" };
  const made = await client.createStoredAgent({ id: "poet", name: "Poet", instructions: "x", model });
  expect(made).toMatchObject({ id: "poet" });
  const agent = client.getStoredAgent("poet");
  await agent.update({ instructions: "y" });
  const { versions } = await agent.listVersions();
  expect(versions.length).toBeGreaterThan(1);
  expect(await agent.activateVersion(versions[0].id)).toMatchObject({ success: true });
  expect(await agent.compareVersions(versions[1].id, versions[0].id)).toMatchObject({ diffs: expect.any(Array) });
  expect((await client.listStoredAgents()).agents).toHaveLength(1);
  expect(await agent.delete()).toMatchObject({ success: true });
});

test("datasets and experiments", async () => {
  const { id: datasetId } = await client.createDataset({ name: "D" });
  const item = await client.addDatasetItem({ datasetId, input: { q: 1 }, groundTruth: 2 });
  expect((await client.listDatasetItems(datasetId)).items).toMatchObject([{ id: item.id }]);
  await client.updateDatasetItem({ datasetId, itemId: item.id, input: { q: 3 } });
  const batch = await client.batchInsertDatasetItems({ datasetId, items: [{ input: 1 }, { input: 2 }] });
  expect(batch.count).toBe(2);
  expect((await client.getItemHistory(datasetId, item.id)).history.length).toBeGreaterThan(1);
  expect((await client.listDatasetVersions(datasetId)).versions.length).toBeGreaterThan(1);
  const itemIds = batch.items.map(({ id }: { id: string }) => id);
  expect(await client.batchDeleteDatasetItems({ datasetId, itemIds })).toMatchObject({
    success: true,
    deletedCount: 2,
  });
  expect((await client.listDatasetExperiments(datasetId)).experiments).toEqual([]);
  await expect(
    client.triggerDatasetExperiment({ datasetId, targetType: "agent", targetId: "a" }),
  ).rejects.toMatchObject({
    status: 501,
  });
  expect(await client.updateDataset({ datasetId, name: "E" })).toMatchObject({ name: "E" });
  expect((await client.listDatasets()).datasets).toHaveLength(1);
  expect(await client.deleteDataset(datasetId)).toMatchObject({ success: true });
});

test("what needs a runtime, or is kept nowhere, is refused with a reason", async () => {
  await expect(client.getAgent("a").generate("hi")).rejects.toMatchObject({ status: 501 });
  await expect(client.listStoredSkills()).rejects.toMatchObject({ status: 501, body: { code: "out_of_scope" } });
  await expect(client.listVectors()).rejects.toMatchObject({ status: 501 });
  expect(await client.getSystemPackages()).toMatchObject({ observabilityEnabled: true });
});
