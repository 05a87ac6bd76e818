import { toMastraStorage } from "@stowage/mastra";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Place, places } from "./stores.ts";
import { flushTraces, politeness, supportDesk } from "./support-desk.ts";

// The real framework on a Stowage storage: what an application does, turn by turn.

describe.each(Object.keys(places))("on %s", (name) => {
  let place: Place;
  beforeEach(() => {
    place = (places[name] as () => Place)();
  });
  afterEach(() => place.remove());

  /** A desk on the place, as a process that has just started has it. */
  const openDesk = () => {
    const storage = place.open();
    return { storage, ...supportDesk(toMastraStorage(storage)) };
  };

  test("an agent remembers its threads, its last messages and what tools gave", async () => {
    const first = openDesk();
    const memory = { thread: "thread-1", resource: "ada" };
    const answer = await first.agent.generate("Where is order A-1?", { memory });
    expect(answer.text).toBe("Order A-1 is on its way.");
    await first.agent.generate("Thank you!", { memory });

    const later = openDesk();
    const stored = await later.storage.getStore("memory");
    const { threads } = (await stored?.listThreads({ filter: { resourceId: "ada" } })) ?? {};
    expect(threads?.map(({ id }) => id)).toEqual(["thread-1"]);
    const { messages = [] } = (await stored?.listMessages({ threadId: "thread-1", resourceId: "ada" })) ?? {};
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
    const parts = messages[1]?.content.parts as { type: string; toolInvocation?: { state: string; result: unknown } }[];
    expect(parts.find(({ type }) => type === "tool-invocation")?.toolInvocation).toMatchObject({
      state: "result",
      result: { order: "A-1", state: "shipped" },
    });
    const recalled = await later.memory.recall({ threadId: "thread-1", resourceId: "ada" });
    expect(recalled.messages.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
  });

  test("working memory is kept for the resource, over threads", async () => {
    const { memory, storage } = openDesk();
    const workingMemory = "# Customer\n- Name: Ada";
    await memory.createThread({ threadId: "t", resourceId: "ada" });
    await memory.updateWorkingMemory({ threadId: "t", resourceId: "ada", workingMemory });
    expect(await memory.getWorkingMemory({ threadId: "another", resourceId: "ada" })).toBe(workingMemory);
    const stored = await storage.getStore("memory");
    expect(await stored?.getResourceById({ resourceId: "ada" })).toMatchObject({ workingMemory });
  });

  test("deleting a thread takes its messages with it", async () => {
    const { agent, memory, storage } = openDesk();
    await agent.generate("Hello", { memory: { thread: "gone", resource: "ada" } });
    await memory.deleteThread("gone");
    const stored = await storage.getStore("memory");
    expect(await stored?.listMessages({ threadId: "gone" })).toMatchObject({ messages: [], total: 0 });
  });

  test("a workflow suspends, and any later process resumes it once", async () => {
    const first = openDesk();
    const run = await first.workflow.createRun({ runId: "run-1" });
    expect((await run.start({ inputData: { amount: 20 } })).status).toBe("suspended");

    const later = openDesk();
    const stored = await later.storage.getStore("workflows");
    const { runs = [] } = (await stored?.listWorkflowRuns({ workflowName: "refund", status: "suspended" })) ?? {};
    expect(runs.map(({ runId }) => runId)).toEqual(["run-1"]);
    const again = await later.workflow.createRun({ runId: "run-1" });
    const result = await again.resume({ step: "ask-for-approval", resumeData: { approved: true } });
    expect(result).toMatchObject({ status: "success", result: { paid: 20 } });
    expect((await stored?.loadWorkflowSnapshot({ workflowName: "refund", runId: "run-1" }))?.status).toBe("success");
    await expect(again.resume({ step: "ask-for-approval", resumeData: { approved: true } })).rejects.toThrow();
  });

  test("the storage exporter's traces can be listed and read whole", async () => {
    const { agent, mastra, storage } = openDesk();
    await agent.generate("Where is order A-2?", { memory: { thread: "traced", resource: "ada" } });
    await flushTraces(mastra);
    const observability = await storage.getStore("observability");
    const { spans = [] } = (await observability?.listTraces({ filters: { entityType: "agent" } })) ?? {};
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ spanType: "agent_run", status: "success", threadId: "traced" });
    const trace = await observability?.getTrace({ traceId: spans[0]?.traceId ?? "" });
    const types = new Set(trace?.spans.map(({ spanType }) => spanType));
    expect([...types]).toEqual(expect.arrayContaining(["agent_run", "model_generation", "tool_call"]));
    for (const span of trace?.spans ?? []) expect(span.endedAt).toBeInstanceOf(Date);
  });

  test("a dataset, an experiment over it, and its scores", async () => {
    const { mastra, storage } = openDesk();
    const dataset = await mastra.datasets.create({ name: "tickets" });
    await dataset.addItems({
      items: [
        { input: "Where is order A-1?", groundTruth: "on its way" },
        { input: "hello", groundTruth: "hello" },
      ],
    });
    const summary = await dataset.startExperiment({ targetType: "agent", targetId: "desk", scorers: ["politeness"] });
    expect(summary).toMatchObject({ status: "completed", totalItems: 2, succeededCount: 2, failedCount: 0 });

    const experiments = await storage.getStore("experiments");
    const all = { page: 0, perPage: 10 };
    expect(await experiments?.getExperimentById({ id: summary.experimentId })).toMatchObject({
      status: "completed",
      succeededCount: 2,
      datasetVersion: 1,
    });
    const { results = [] } =
      (await experiments?.listExperimentResults({ experimentId: summary.experimentId, pagination: all })) ?? {};
    expect(results.map(({ groundTruth }) => groundTruth).sort()).toEqual(["hello", "on its way"]);
    const scores = await storage.getStore("scores");
    const page = await scores?.listScoresByScorerId({ scorerId: politeness.id, pagination: all });
    expect(page?.scores.map(({ score }) => score).sort()).toEqual([0, 1]);
  });

  test("a stored agent has versions, and resolves to the one in force", async () => {
    const { mastra } = openDesk();
    const agents = await mastra.getStorage()?.getStore("agents");
    if (!agents) throw new Error("no agents");
    const configuration = { name: "Desk", instructions: "v1", model: { provider: "mock", name: "m" } };
    await agents.create({ agent: { id: "stored", ...configuration } });
    await agents.createVersion({
      id: "version-2",
      agentId: "stored",
      versionNumber: 2,
      ...configuration,
      instructions: "v2",
    });
    await agents.update({ id: "stored", status: "published", activeVersionId: "version-2" });
    expect(await agents.getByIdResolved("stored")).toMatchObject({ status: "published", instructions: "v2" });
    const duplicate = agents.createVersion({ id: "other", agentId: "stored", versionNumber: 2, ...configuration });
    await expect(duplicate).rejects.toThrow(/unique constraint.*versionNumber/);
  });
});
