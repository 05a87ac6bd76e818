import { DynamoDBStore } from "@stowage/dynamodb";
import { expect, test } from "vitest";
import { freshTable } from "./harness.ts";
import { onDynamo } from "./server.ts";
import { Wire } from "./wire.ts";

const at = new Date(1_700_000_000_000);
const later = (seconds: number) => new Date(at.getTime() + 1000 * seconds);

onDynamo("DynamoDB", (server) => {
  test("the hot operations of the domains stay within their budget of requests", async () => {
    const { tableName } = freshTable(server().endpoint);
    // Each domain has a store of its own, so that nothing else is counted; observability works on behind its calls.
    const open = () => {
      const wire = new Wire(server());
      const { stores } = new DynamoDBStore({ id: "budget", client: wire, tableName, createTable: true });
      const { memory, workflows, observability } = stores;
      if (!memory || !workflows || !observability) throw new Error("a domain is missing");
      const requests = async (task: () => Promise<unknown>) => {
        wire.sent.length = 0;
        await task();
        return wire.sent.length;
      };
      return { memory, workflows, observability, requests };
    };
    const seed = open();
    const { memory, requests: ofMemory } = open();
    const { workflows, requests: ofWorkflows } = open();
    const { workflows: others, requests: ofOthers } = open();
    const { observability, requests: ofObservability } = open();
    const message = (id: string, n: number) => ({
      id,
      threadId: "t",
      resourceId: "r",
      role: "user" as const,
      createdAt: later(n),
      content: { format: 2 as const, parts: [{ type: "text" as const, text: id }] },
    });
    const thread = { id: "t", resourceId: "r", title: "", metadata: {}, createdAt: at, updatedAt: at };
    const save = (round: number) =>
      memory.saveMessages({
        messages: Array.from({ length: 10 }, (_, n) => message(`m${round}-${n}`, round * 10 + n)),
      });
    const step = { status: "success" as const, output: "x".repeat(2000), payload: {}, startedAt: 1, endedAt: 2 };
    const context = (steps: number) => Object.fromEntries(Array.from({ length: steps }, (_, n) => [`step${n}`, step]));
    const persist = (runId: string, steps: number) =>
      workflows.persistWorkflowSnapshot({
        workflowName: "w",
        runId,
        snapshot: { runId, status: "running", value: {}, context: context(steps) } as never,
      });
    const record = (stepId: string) =>
      workflows.updateWorkflowResults({ workflowName: "w", runId: "r", stepId, result: step, requestContext: {} });
    const span = (spanId: string) =>
      ({
        traceId: "x",
        spanId,
        name: spanId,
        spanType: "generic",
        isEvent: false,
        startedAt: at,
        endedAt: at,
      }) as never;
    // The first calls ask once what later ones know.
    await memory.saveThread({ thread });
    for (let round = 0; round < 5; round++) await save(round);
    await persist("r", 10);
    for (let n = 0; n < 50; n++) await persist(`small${n}`, 1);
    await seed.observability.batchCreateSpans({ records: Array.from({ length: 60 }, (_, n) => span(`s${n}`)) });
    await others.loadWorkflowSnapshot({ workflowName: "w", runId: "none" });
    await observability.getTrace({ traceId: "none" });

    const newest = { threadId: "t", perPage: 40, orderBy: { direction: "DESC" as const } };
    const used = {
      "save 10 messages": await ofMemory(() => save(9)),
      "last 40 messages, no total": await ofMemory(() => memory.listMessages({ ...newest, includeTotal: false })),
      "last 40 messages": await ofMemory(() => memory.listMessages(newest)),
      "window around a message": await ofMemory(() =>
        memory.listMessages({
          threadId: "t",
          perPage: 0,
          include: [{ id: "m0-5", withPreviousMessages: 2, withNextMessages: 2 }],
        }),
      ),
      "persist a run": await ofWorkflows(() => persist("r", 11)),
      "load a run with its steps": await ofOthers(() => others.loadWorkflowSnapshot({ workflowName: "w", runId: "r" })),
      "record a step result": await ofWorkflows(() => record("second")),
      "list 50 runs": await ofWorkflows(() => workflows.listWorkflowRuns({ perPage: 50, page: 0 })),
      "get a trace": await ofObservability(() => observability.getTrace({ traceId: "x" })),
    };
    const budget: Readonly<Record<keyof typeof used, number>> = {
      "save 10 messages": 2,
      "last 40 messages, no total": 2,
      "last 40 messages": 2,
      // The message and what is under deletion; that again, a walk to either side, and the records of both.
      "window around a message": 6,
      "persist a run": 1,
      "load a run with its steps": 1,
      "record a step result": 1,
      "list 50 runs": 2,
      "get a trace": 1,
    };
    for (const [name, most] of Object.entries(budget)) {
      expect(used[name as keyof typeof used], name).toBeLessThanOrEqual(most);
    }
  });
});
