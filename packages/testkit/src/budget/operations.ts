import type { MemoryStorage, ObservabilityStorage, WorkflowsStorage } from "@stowage/core";

const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n);

const messages = (threadId: string, from: number, length: number) =>
  Array.from({ length }, (_, n) => ({
    id: `${threadId}-${from + n}`,
    threadId,
    resourceId: "r",
    role: "user" as const,
    createdAt: at(from + n),
    content: { format: 2 as const, parts: [{ type: "text" as const, text: `message ${from + n}` }] },
  }));

const result = { status: "success" as const, output: 1, payload: {}, startedAt: 1, endedAt: 2 };
const run = (runId: string) => ({ workflowName: "w", runId });
const persist = (workflows: WorkflowsStorage, runId: string, steps: number) => {
  const context = Object.fromEntries(Array.from({ length: steps }, (_, n) => [`step${n}`, result]));
  const snapshot = { runId, status: "running", value: {}, context, activePaths: [], timestamp: 1 };
  return workflows.persistWorkflowSnapshot({ ...run(runId), snapshot: snapshot as never });
};

const spans = (traceId: string, length = 200) =>
  Array.from({ length }, (_, n) => ({
    traceId,
    spanId: `s${n}`,
    ...(n > 0 && { parentSpanId: "s0" }),
    name: "n",
    spanType: "generic" as const,
    isEvent: false,
    startedAt: at(n),
    endedAt: at(n + 1),
  })) as never;

interface Stores {
  readonly memory: MemoryStorage;
  readonly workflows: WorkflowsStorage;
  readonly observability: ObservabilityStorage;
}

/** Puts in more than any of the operations asks for. */
export async function fill({ memory, workflows, observability }: Stores): Promise<void> {
  for (const id of ["t", "other"]) {
    await memory.saveThread({ thread: { id, resourceId: "r", metadata: {}, createdAt: at(0), updatedAt: at(0) } });
    await memory.saveMessages({ messages: messages(id, 0, 300) });
  }
  for (let n = 0; n < 60; n++) await persist(workflows, `r${n}`, 1);
  await persist(workflows, "r", 10);
  await observability.batchCreateSpans({ records: spans("there") });
}

/** What a store asks once, at the first call that wants to know it. */
export async function warmUp({ memory, workflows, observability }: Stores): Promise<void> {
  await memory.getThreadById({ threadId: "t" });
  await memory.saveMessages({ messages: messages("other", 300, 1) });
  await workflows.updateWorkflowResults({ ...run("r0"), stepId: "first", result, requestContext: {} });
  await observability.batchCreateSpans({ records: spans("warm", 1) });
  await observability.getTrace({ traceId: "none" });
}

const newest = { threadId: "t", perPage: 40, orderBy: { direction: "DESC" as const } };
const around = { id: "t-250", withPreviousMessages: 5, withNextMessages: 5 };

/** The calls of an agent that works, in an order in which they can be made. */
export const hotOperations = {
  "save 10 messages": ({ memory }: Stores) => memory.saveMessages({ messages: messages("t", 300, 10) }),
  "last 40 messages": ({ memory }: Stores) => memory.listMessages(newest),
  "last 40 messages, no total": ({ memory }: Stores) => memory.listMessages({ ...newest, includeTotal: false }),
  "window around a message": ({ memory }: Stores) =>
    memory.listMessages({ threadId: "t", perPage: 0, include: [around] }),
  "load a run with its steps": ({ workflows }: Stores) => workflows.loadWorkflowSnapshot(run("r")),
  "persist a run": ({ workflows }: Stores) => persist(workflows, "r", 11),
  "record a step result": ({ workflows }: Stores) =>
    workflows.updateWorkflowResults({ ...run("r"), stepId: "next", result, requestContext: {} }),
  "list 50 runs": ({ workflows }: Stores) => workflows.listWorkflowRuns({ workflowName: "w", page: 0, perPage: 50 }),
  "get a trace": ({ observability }: Stores) => observability.getTrace({ traceId: "there" }),
  // The last one: a store may go on behind it with the figures of traces.
  "insert 200 spans": ({ observability }: Stores) => observability.batchCreateSpans({ records: spans("new") }),
} satisfies Readonly<Record<string, (stores: Stores) => Promise<unknown>>>;

export type HotOperation = keyof typeof hotOperations;
