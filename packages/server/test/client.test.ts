import { MastraClient } from "@mastra/client-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openServer, type TestServer } from "./open-server.ts";

// The official client, unchanged, over real HTTP, on libSQL.

let server: TestServer;
let client: MastraClient;
beforeAll(async () => {
  server = await openServer();
  client = new MastraClient({ baseUrl: server.url, retries: 0 });
});
afterAll(() => server.close());

describe("memory", () => {
  test("threads are made, found, listed, changed, cloned, transferred and removed", async () => {
    const made = await client.createMemoryThread({
      agentId: "any",
      resourceId: "ada",
      threadId: "t1",
      title: "First",
      metadata: { topic: "sky" },
    });
    expect(made).toMatchObject({ id: "t1", resourceId: "ada", title: "First" });
    const again = await client.createMemoryThread({
      agentId: "any",
      resourceId: "ada",
      threadId: "t1",
      title: "First",
    });
    expect(again).toMatchObject({ id: "t1", createdAt: made.createdAt });
    await client.createMemoryThread({ agentId: "any", resourceId: "ada", threadId: "t2" });
    const page = await client.listMemoryThreads({
      resourceId: "ada",
      perPage: 1,
      orderBy: { field: "createdAt", direction: "ASC" },
    });
    expect(page).toMatchObject({ total: 2, page: 0, perPage: 1, hasMore: true, threads: [{ id: "t1" }] });
    expect((await client.listMemoryThreads({ resourceId: "ada", metadata: { topic: "sky" } })).threads).toHaveLength(1);

    const thread = client.getMemoryThread({ threadId: "t1", agentId: "any" });
    expect(await thread.get()).toMatchObject({ id: "t1" });
    const changed = await thread.update({ title: "Second", metadata: { other: 1 }, resourceId: "ada" });
    expect(changed).toMatchObject({ title: "Second", metadata: { other: 1 } });
    const { thread: copy } = await thread.clone({ newThreadId: "t3" });
    expect(copy).toMatchObject({ id: "t3", resourceId: "ada" });
    expect(await thread.transfer({ resourceId: "bob" })).toMatchObject({ resourceId: "bob" });
    expect(await thread.delete()).toMatchObject({ result: expect.any(String) });
    await expect(thread.get()).rejects.toMatchObject({ status: 404 });
  });

  test("messages are saved, listed with neighbours, searched and removed", async () => {
    await client.createMemoryThread({ agentId: "any", resourceId: "eve", threadId: "m1", title: "Talk" });
    const messages = ["one", "two", "three"].map((word, index) => ({
      id: `m1-${index}`,
      threadId: "m1",
      resourceId: "eve",
      role: "user" as const,
      createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, index)),
      content: { format: 2 as const, parts: [{ type: "text" as const, text: `${word} swallow` }] },
    }));
    const saved = await client.saveMessageToMemory({ agentId: "any", messages });
    expect(saved.messages).toHaveLength(3);
    const listed = await client.listThreadMessages("m1", {
      perPage: 1,
      include: [{ id: "m1-0", withNextMessages: 1 }],
      orderBy: { field: "createdAt", direction: "DESC" },
    } as never);
    expect((listed.messages as { id: string }[]).map(({ id }) => id)).toEqual(["m1-2", "m1-1", "m1-0"]);
    const found = await client.searchMemory({ agentId: "any", resourceId: "eve", searchQuery: "TWO" });
    expect(found).toMatchObject({ count: 1, searchType: "text", results: [{ id: "m1-1", threadTitle: "Talk" }] });
    await client.getMemoryThread({ threadId: "m1", agentId: "any" }).deleteMessages(["m1-0", "m1-1"]);
    expect((await client.listThreadMessages("m1")).messages).toHaveLength(1);
    await client.deleteThread("m1", { networkId: "any" });
  });

  test("working memory is kept for the owner; an absent one arrives as the word undefined", async () => {
    await client.createMemoryThread({ agentId: "any", resourceId: "kim", threadId: "w1" });
    await client.updateWorkingMemory({ agentId: "any", threadId: "w1", workingMemory: "# Kim" });
    const read = await client.getWorkingMemory({ agentId: "any", threadId: "w1" });
    expect(read).toMatchObject({ workingMemory: "# Kim", source: "resource", threadExists: true });
  });

  test("status, configuration and observational memory answer", async () => {
    expect(await client.getMemoryStatus("any")).toMatchObject({ result: true });
    expect(await client.getMemoryConfig({ agentId: "any" })).toMatchObject({ config: { lastMessages: 10 } });
    const observed = await client.getObservationalMemory({ agentId: "any", resourceId: "kim" });
    expect(observed).toMatchObject({ record: null, history: [] });
    expect(await client.awaitBufferStatus({ agentId: "any", resourceId: "kim", threadId: "w1" })).toEqual({
      record: null,
    });
  });
});

test("workflows: runs are made, listed, read in parts, canceled and removed; running them is refused", async () => {
  const workflows = await server.storage.getStore("workflows");
  await workflows?.persistWorkflowSnapshot({
    workflowName: "order",
    runId: "r1",
    resourceId: "ada",
    snapshot: {
      runId: "r1",
      status: "suspended",
      value: {},
      context: { input: { sku: 1 }, pay: { status: "suspended", suspendPayload: { why: "approval" } } },
      serializedStepGraph: [{ type: "step", step: { id: "pay" } }],
      activePaths: [],
      activeStepsPath: { pay: [0] },
      suspendedPaths: { pay: [0] },
      waitingPaths: {},
      resumeLabels: {},
      timestamp: 1,
    },
  });
  const workflow = client.getWorkflow("order");
  const run = await workflow.createRun({ runId: "r2" });
  expect(run.runId).toBe("r2");
  expect(await workflow.runs({ status: "suspended" as never })).toMatchObject({
    total: 1,
    runs: [{ runId: "r1", workflowName: "order" }],
  });
  expect(await workflow.runs({ limit: 1, offset: 1 })).toMatchObject({ total: 2, runs: [{}] });
  expect(await workflow.runById("r1")).toMatchObject({
    status: "suspended",
    payload: { sku: 1 },
    steps: { pay: { status: "suspended" } },
  });
  expect(await workflow.runById("r1", { fields: ["payload"] })).not.toHaveProperty("steps");
  expect(await client.listWorkflows()).toMatchObject({ order: { name: "order" } });
  expect(await client.listWorkflowRunCounts()).toEqual({ order: { running: 0, suspended: 1 } });
  expect(await workflow.details()).toMatchObject({ name: "order" });
  await run.cancel();
  expect(await workflow.runById("r2")).toMatchObject({ status: "canceled" });
  await expect(run.cancel()).rejects.toMatchObject({ status: 409 });
  await expect(run.start({ inputData: {} })).rejects.toMatchObject({ status: 501, body: { code: "needs_runtime" } });
  expect(await workflow.deleteRunById("r1")).toMatchObject({ message: expect.any(String) });
});

test("scores of the evaluation kind", async () => {
  const score = {
    id: "s1",
    scorerId: "tone",
    runId: "run-1",
    entityId: "agent-1",
    entityType: "AGENT",
    score: 0.5,
    source: "LIVE",
    scorer: { id: "tone", name: "Tone" },
    entity: { id: "agent-1" },
    input: [],
    output: { text: "x" },
  };
  const { score: saved } = await client.saveScore({ score } as never);
  expect(saved).toMatchObject({ id: "s1", score: 0.5 });
  await client.saveScore({ score } as never);
  expect(await client.listScoresByRunId({ runId: "run-1" })).toMatchObject({ pagination: { total: 1 } });
  expect(await client.listScoresByScorerId({ scorerId: "tone", entityType: "AGENT" })).toMatchObject({
    scores: [{ id: "s1" }],
  });
  expect(await client.listScoresByEntityId({ entityId: "agent-1", entityType: "AGENT" })).toMatchObject({
    scores: [{ id: "s1" }],
  });
  expect(await client.listScorers()).toMatchObject({ tone: { isRegistered: false } });
  expect(await client.getScorer("tone")).toMatchObject({ scorer: { id: "tone" } });
});

describe("observability", () => {
  const spans = [
    {
      spanId: "root",
      parentSpanId: null,
      spanType: "agent_run",
      endedAt: "2026-01-01T00:00:03Z",
      threadId: "t1",
      tags: ["a"],
    },
    {
      spanId: "tool",
      parentSpanId: "root",
      spanType: "tool_call",
      endedAt: "2026-01-01T00:00:02Z",
      input: { q: 1 },
      output: 2,
    },
  ];
  beforeAll(async () => {
    const observability = await server.storage.getStore("observability");
    for (const traceId of ["0b7e-4f6a-trace", "tr2"]) {
      const records = spans.map((span) => ({ traceId, name: span.spanId, startedAt: "2026-01-01T00:00:01Z", ...span }));
      await observability?.batchCreateSpans({ records });
    }
  });

  test("traces are listed, filtered, read whole, in parts and light", async () => {
    const filters = { threadId: "t1", tags: ["a"], startedAt: { start: new Date(Date.UTC(2025, 0, 1)) } };
    const listed = await client.listTraces({
      filters,
      pagination: { page: 0, perPage: 1 },
      orderBy: { field: "startedAt", direction: "DESC" },
    });
    expect(listed).toMatchObject({
      pagination: { total: 2, hasMore: true },
      spans: [{ spanId: "root", status: "success" }],
    });
    const old = await client.getTraces({
      filters: { entityId: "nobody", entityType: "workflow" },
      pagination: { page: 0 },
    });
    expect(old.pagination.total).toBe(0);
    expect((await client.listTracesLight({})).spans[0]).toHaveProperty("inputPreview");
    expect((await client.getTrace("0b7e-4f6a-trace")).spans).toHaveLength(2);
    expect((await client.getTraceLight("tr2")).spans[0]).not.toHaveProperty("input");
    expect(await client.getSpan("tr2", "tool")).toMatchObject({ span: { input: { q: 1 } } });
    expect((await client.listBranches({})).branches.length).toBe(4);
    expect((await client.getBranch({ traceId: "tr2", spanId: "tool" })).spans).toHaveLength(1);
    expect(await client.getTraceTrajectory("tr2")).toMatchObject({
      steps: [{ name: "tool", toolArgs: { q: 1 } }],
      totalDurationMs: 2000,
    });
    await expect(client.getTrace("none")).rejects.toMatchObject({ status: 404 });
    await client.deleteTraces({ traceIds: ["tr2"] });
    await expect(client.getTrace("tr2")).rejects.toMatchObject({ status: 404 });
  });

  test("score events and feedback are written once, listed, counted, reviewed and removed", async () => {
    await client.createScore({ score: { scoreId: "e1", scorerId: "tone", score: 0.25, traceId: "tr1" } } as never);
    await client.createScore({ score: { scoreId: "e1", scorerId: "tone", score: 0.25, traceId: "tr1" } } as never);
    const scores = await client.listScores({ filters: { scorerId: "tone" } } as never);
    expect(scores).toMatchObject({ pagination: { total: 1 }, scores: [{ scoreId: "e1" }] });
    expect(await client.getScoreAggregate({ scorerId: "tone", aggregation: "avg" })).toMatchObject({ value: 0.25 });
    await client.createFeedback({
      feedback: { feedbackId: "f1", feedbackType: "rating", value: 5, traceId: "tr1" },
    } as never);
    expect(await client.listFeedback({})).toMatchObject({
      feedback: [{ feedbackId: "f1", reviewStatus: "needs-review" }],
    });
    await client.updateFeedbackReviewStatus({ feedbackId: "f1", reviewStatus: "reviewed" });
    expect(await client.getFeedbackAggregate({ feedbackType: "rating", aggregation: "sum" })).toMatchObject({
      value: 5,
    });
    await client.deleteFeedback({ feedbackIds: ["f1"] });
    await client.deleteScores({ scoreIds: ["e1"] });
    expect(await client.listFeedback({})).toMatchObject({ feedback: [] });
  });

  test("logs and metrics", async () => {
    const observability = await server.storage.getStore("observability");
    await observability?.batchCreateLogs({
      logs: [{ level: "warn", message: "look", runId: "run-9", timestamp: new Date() }],
    });
    await observability?.batchCreateMetrics({
      metrics: [{ name: "latency", value: 2, labels: { region: "eu" }, timestamp: new Date() }],
    });
    expect(await client.listLogsVNext({ filters: { level: "warn" } } as never)).toMatchObject({
      logs: [{ message: "look" }],
    });
    expect(await client.listLogs({ transportId: "stowage" })).toMatchObject({
      logs: [{ msg: "look", level: "warn" }],
      total: 1,
    });
    expect(await client.getLogForRun({ runId: "run-9", transportId: "stowage" })).toMatchObject({ total: 1 });
    expect(await client.getMetricAggregate({ name: ["latency"], aggregation: "sum" })).toMatchObject({ value: 2 });
    expect(await client.getMetricNames()).toEqual({ names: ["latency"] });
    expect(await client.getMetricLabelValues({ metricName: "latency", labelKey: "region" })).toEqual({
      values: ["eu"],
    });
    expect(await client.getTags()).toEqual({ tags: ["a"] });
  });
});

test("stored agents and their versions, fields of tomorrow included", async () => {
  const configuration = {
    name: "Poet",
    instructions: "Rhyme",
    model: { provider: "openai", name: "m" },
    skills: { verse: {} },
  };
  const made = await client.createStoredAgent({ id: "poet", ...configuration, tomorrow: [1] } as never);
  expect(made).toMatchObject({ id: "poet", status: "draft", name: "Poet", tomorrow: [1] });
  await expect(client.createStoredAgent({ id: "poet", ...configuration } as never)).rejects.toMatchObject({
    status: 409,
  });
  expect(await client.createStoredAgent({ ...configuration, name: "Größe & Co" } as never)).toMatchObject({
    id: "gro-e-co",
  });
  const agent = client.getStoredAgent("poet");
  const changed = await agent.update({ instructions: "Rhyme well", changeMessage: "better" } as never);
  expect(changed).toMatchObject({ instructions: "Rhyme well", skills: { verse: {} }, tomorrow: [1] });
  const { versions } = await agent.listVersions();
  expect(versions.map(({ versionNumber }) => versionNumber)).toEqual([2, 1]);
  expect(versions[0]?.changedFields).toEqual(["instructions"]);
  const [second, first] = versions;
  const compared = await agent.compareVersions(first?.id as string, second?.id as string);
  expect(compared.diffs).toEqual([{ field: "instructions", previousValue: "Rhyme", currentValue: "Rhyme well" }]);
  expect(await agent.activateVersion(first?.id as string)).toMatchObject({ success: true, activeVersionId: first?.id });
  expect(await agent.details()).toMatchObject({ status: "published", instructions: "Rhyme" });
  await expect(agent.deleteVersion(first?.id as string)).rejects.toMatchObject({ status: 400 });
  expect(await agent.restoreVersion(first?.id as string)).toMatchObject({
    versionNumber: 3,
    tomorrow: [1],
    skills: { verse: {} },
  });
  expect(await agent.createVersion({ changeMessage: "as is" })).toMatchObject({ versionNumber: 4 });
  expect(await agent.dependents()).toEqual({ dependents: [], hiddenCount: 0 });
  expect(await client.listStoredAgents({ status: "published" } as never)).toMatchObject({
    total: 1,
    agents: [{ id: "poet" }],
  });
  expect(await agent.delete()).toMatchObject({ success: true });
  await expect(agent.details()).rejects.toMatchObject({ status: 404 });
});

test("datasets, their items and versions", async () => {
  const dataset = await client.createDataset({
    name: "Capitals",
    inputSchema: { type: "object", required: ["q"] },
  } as never);
  const datasetId = dataset.id;
  const item = await client.addDatasetItem({ datasetId, input: { q: "France" }, groundTruth: "Paris" });
  await expect(client.addDatasetItem({ datasetId, input: {} })).rejects.toMatchObject({
    status: 400,
    body: { issues: [{ field: expect.stringContaining("input") }] },
  });
  const batch = await client.batchInsertDatasetItems({
    datasetId,
    items: [{ input: { q: "Italy" } }, { input: { q: "Peru" } }],
  });
  expect(batch.count).toBe(2);
  await client.updateDatasetItem({ datasetId, itemId: item.id, groundTruth: "Paris!" });
  expect(await client.listDatasetItems(datasetId, { search: "ital" })).toMatchObject({
    items: [{ input: { q: "Italy" } }],
  });
  expect((await client.listDatasetItems(datasetId, { version: 1 })).items).toHaveLength(1);
  expect((await client.getItemHistory(datasetId, item.id)).history).toHaveLength(2);
  expect(await client.getDatasetItemVersion(datasetId, item.id, 1)).toMatchObject({ groundTruth: "Paris" });
  const gone = await client.batchDeleteDatasetItems({ datasetId, itemIds: [batch.items[0]?.id as string, "unknown"] });
  expect(gone).toMatchObject({ success: true, deletedCount: 1 });
  expect((await client.listDatasetVersions(datasetId)).versions.length).toBe(4);
  expect(await client.listDatasets({ orderBy: { field: "name", direction: "ASC" } } as never)).toMatchObject({
    pagination: { total: 1 },
  });
  await client.updateDataset({ datasetId, description: "of countries" } as never);
  expect(await client.getDataset(datasetId)).toMatchObject({ description: "of countries", version: 4 });
  await client.purgeDatasetItem(datasetId, item.id);
  await client.deleteDatasetItem(datasetId, item.id);
  await client.deleteDataset(datasetId);
  await expect(client.getDataset(datasetId)).rejects.toMatchObject({ status: 404 });
});

test("an experiment is recorded from outside, finished, compared and reviewed", async () => {
  const { id: datasetId } = await client.createDataset({ name: "Sums" } as never);
  const { items } = await client.batchInsertDatasetItems({ datasetId, items: [{ input: 1 }, { input: 2 }] });
  const itemIds = items.map(({ id }) => id);
  for (const id of ["base", "next"]) {
    const made = await client.createDatasetExperiment({ datasetId, id, name: id } as never);
    expect(made).toMatchObject({ experimentId: id, status: "pending", totalItems: 2 });
    expect(await client.createDatasetExperiment({ datasetId, id, name: id } as never)).toMatchObject({
      experimentId: id,
    });
    for (const itemId of itemIds) {
      const scores = [{ scorerId: "exact", score: id === "base" ? 0 : 1 }];
      await client.submitExperimentResult({ datasetId, experimentId: id, itemId, output: id, scores } as never);
      await client.submitExperimentResult({ datasetId, experimentId: id, itemId, output: id, scores } as never);
    }
    const done = await client.finalizeExperiment({ datasetId, experimentId: id });
    expect(done).toMatchObject({ status: "completed", succeededCount: 2, failedCount: 0, skippedCount: 0 });
    expect(await client.finalizeExperiment({ datasetId, experimentId: id })).toMatchObject({
      completedAt: done.completedAt,
    });
  }
  const compared = await client.compareExperiments({ datasetId, experimentIdA: "base", experimentIdB: "next" });
  expect(compared.baselineId).toBe("base");
  expect(compared.items[0]?.results).toMatchObject({
    base: { scores: { exact: 0 } },
    next: { output: "next", scores: { exact: 1 } },
  });
  const { results } = await client.listDatasetExperimentResults(datasetId, "next");
  expect(results).toHaveLength(2);
  const resultId = results[0]?.id as string;
  await client.updateExperimentResult({
    datasetId,
    experimentId: "next",
    resultId,
    status: "reviewed",
    tags: ["ok"],
    comment: "fine",
  } as never);
  expect(await client.listDatasetExperimentResults(datasetId, "next", { tags: ["ok"] })).toMatchObject({
    results: [{ id: resultId }],
  });
  expect((await client.getExperimentReviewSummary()).counts).toContainEqual(
    expect.objectContaining({ experimentId: "next", reviewed: 1 }),
  );
  await client.updateDatasetExperiment({ datasetId, experimentId: "next", description: "newer" } as never);
  expect(await client.getDatasetExperiment(datasetId, "next")).toMatchObject({ description: "newer" });
  expect((await client.listDatasetExperiments(datasetId)).experiments).toHaveLength(2);
  await expect(
    client.triggerDatasetExperiment({ datasetId, targetType: "agent", targetId: "x" } as never),
  ).rejects.toMatchObject({ status: 501 });
  await client.deleteDatasetExperiment(datasetId, "next");
  await client.deleteExperiment("base");
  expect((await client.listExperiments()).experiments).toHaveLength(0);
});

test("the client learns what the server can show", async () => {
  expect(await client.getSystemPackages()).toMatchObject({
    observabilityEnabled: true,
    observabilityStorageCapabilities: { logs: true, metrics: true },
  });
  expect(await client.listLogTransports()).toEqual({ transports: ["stowage"] });
});
