import type { MastraCompositeStore } from "@stowage/core";

/** What an application sees of its own work at the end of the day; see {@link applicationDay}. */
export interface ApplicationDay {
  readonly messages: readonly string[];
  readonly steps: Readonly<Record<string, unknown>>;
  readonly scores: readonly number[];
  readonly spans: readonly string[];
  readonly agentVersions: readonly number[];
  readonly datasetItems: readonly unknown[];
  readonly experimentResults: readonly unknown[];
}

async function domain<
  Key extends "memory" | "workflows" | "scores" | "observability" | "agents" | "datasets" | "experiments",
>(storage: MastraCompositeStore, key: Key) {
  const store = await storage.getStore(key);
  if (!store) throw new Error(`the storage has no domain ${key}`);
  return store;
}

/** A day of a small application on all seven domains, for runtimes in which no test runner is at home. */
export async function applicationDay(storage: MastraCompositeStore): Promise<ApplicationDay> {
  const memory = await domain(storage, "memory");
  const now = new Date("2026-06-01T08:00:00.000Z");
  const threadId = "thread";
  await memory.saveThread({
    thread: { id: threadId, resourceId: "ada", title: "A broken chair", metadata: {}, createdAt: now, updatedAt: now },
  });
  const message = (id: string, role: "user" | "assistant", text: string, second: number) => ({
    id,
    threadId,
    resourceId: "ada",
    role,
    type: "text",
    content: { format: 2 as const, parts: [{ type: "text" as const, text }] },
    createdAt: new Date(now.getTime() + second * 1000),
  });
  await memory.saveMessages({
    messages: [message("m1", "user", "My chair broke.", 1), message("m2", "assistant", "Which one?", 2)],
  });
  await memory.saveMessages({ messages: [message("m3", "user", "The blue one 🪑", 3)] });
  const { messages } = await memory.listMessages({ threadId });

  const workflows = await domain(storage, "workflows");
  const run = { workflowName: "refund", runId: "run" };
  await Promise.all(
    ["check", "pay", "tell"].map((stepId, index) =>
      workflows.updateWorkflowResults({
        ...run,
        stepId,
        result: { status: "success", output: index, payload: {}, startedAt: 1, endedAt: 2 },
        requestContext: {},
      }),
    ),
  );
  const { snapshot } = (await workflows.getWorkflowRunById(run)) ?? {};
  const context = (snapshot as { context?: Record<string, { output?: unknown }> } | undefined)?.context ?? {};

  const scores = await domain(storage, "scores");
  await scores.saveScore({
    runId: run.runId,
    scorerId: "helpful",
    entityId: "desk",
    entityType: "AGENT",
    source: "LIVE",
    score: 0.75,
    output: "Which one?",
    scorer: { id: "helpful" },
    entity: { id: "desk" },
  });
  const scored = await scores.listScoresByRunId({ runId: run.runId, pagination: { page: 0, perPage: 10 } });

  const observability = await domain(storage, "observability");
  const span = (spanId: string, parentSpanId?: string) => ({
    traceId: "trace",
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name: spanId,
    spanType: "generic" as const,
    isEvent: false,
    startedAt: now,
  });
  await observability.batchCreateSpans({ records: [span("root"), span("call", "root"), span("tool", "call")] });
  await observability.updateSpan({
    traceId: "trace",
    spanId: "root",
    updates: { endedAt: new Date(now.getTime() + 5) },
  });
  const trace = await observability.getTrace({ traceId: "trace" });

  const agents = await domain(storage, "agents");
  const model = { provider: "p", name: "m" };
  await agents.create({ agent: { id: "desk", name: "Desk", instructions: "Be kind.", model } });
  await agents.createVersion({
    id: "second",
    agentId: "desk",
    versionNumber: 2,
    name: "Desk",
    instructions: "Be kind and quick.",
    model,
  });
  const { versions } = await agents.listVersions({ agentId: "desk" });

  const datasets = await domain(storage, "datasets");
  const dataset = await datasets.createDataset({ name: "letters" });
  await datasets.batchInsertItems({
    datasetId: dataset.id,
    items: Array.from({ length: 150 }, (_, index) => ({ input: { letter: index }, groundTruth: index % 2 })),
  });
  const { items } = await datasets.listItems({ datasetId: dataset.id, pagination: { page: 0, perPage: 200 } });

  const experiments = await domain(storage, "experiments");
  const experiment = await experiments.createExperiment({
    datasetId: dataset.id,
    datasetVersion: 1,
    targetType: "agent",
    targetId: "desk",
    totalItems: 1,
  });
  await experiments.addExperimentResult({
    experimentId: experiment.id,
    itemId: items[0]?.id ?? "",
    itemDatasetVersion: 1,
    input: items[0]?.input,
    output: "a new chair",
    groundTruth: null,
    error: null,
    startedAt: now,
    completedAt: now,
    retryCount: 0,
  });
  const { results } = await experiments.listExperimentResults({
    experimentId: experiment.id,
    pagination: { page: 0, perPage: 10 },
  });
  return {
    messages: messages.map(({ id }) => id),
    steps: Object.fromEntries(["check", "pay", "tell"].map((step) => [step, context[step]?.output])),
    scores: scored.scores.map(({ score }) => score),
    spans: (trace?.spans ?? []).map(({ spanId }) => spanId).sort(),
    agentVersions: versions.map(({ versionNumber }) => versionNumber).sort(),
    datasetItems: items.map(({ input }) => input),
    experimentResults: results.map(({ output }) => output),
  };
}

/** What everybody should see in the end. */
export const expectedDay: ApplicationDay = {
  messages: ["m1", "m2", "m3"],
  steps: { check: 0, pay: 1, tell: 2 },
  scores: [0.75],
  spans: ["call", "root", "tool"],
  agentVersions: [1, 2],
  datasetItems: Array.from({ length: 150 }, (_, index) => ({ letter: 149 - index })),
  experimentResults: ["a new chair"],
};
