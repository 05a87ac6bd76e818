import { type ConvexCaller, ConvexStore } from "@stowage/convex";
import { fd } from "@stowage/testkit";
import { expect } from "vitest";
import { deployment } from "./deployment.ts";

const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n);
const message = (n: number, threadId: string) => ({
  id: `${threadId}-${n}`,
  threadId,
  resourceId: "r",
  role: "user" as const,
  createdAt: at(n),
  content: { format: 2 as const, parts: [{ type: "text" as const, text: `message ${n}` }] },
});
const list = (length: number, threadId: string, from = 0) =>
  Array.from({ length }, (_, n) => message(from + n, threadId));

fd(
  "FD-128",
  "hot operations stay within their budget of function calls, whatever the store holds",
  async () => {
    const { query, mutation }: ConvexCaller = deployment();
    let requests = 0;
    const client: ConvexCaller = {
      query: (reference: unknown, args: unknown) => {
        requests++;
        return query(reference, args);
      },
      mutation: (reference: unknown, args: unknown) => {
        requests++;
        return mutation(reference, args);
      },
    };
    const cost = async (call: () => Promise<unknown> | undefined): Promise<number> => {
      requests = 0;
      await call();
      return requests;
    };
    const storage = new ConvexStore({ id: "requests", client });
    const [memory, workflows, observability] = await Promise.all([
      storage.getStore("memory"),
      storage.getStore("workflows"),
      storage.getStore("observability"),
    ]);
    await storage.init();
    const spansOf = (traceId: string) =>
      Array.from({ length: 200 }, (_, n) => ({
        traceId,
        spanId: `s${n}`,
        ...(n > 0 && { parentSpanId: "s0" }),
        name: "n",
        spanType: "generic" as const,
        isEvent: false,
        startedAt: at(n),
      }));
    // The first span of a database asks once what is there.
    await observability?.batchCreateSpans({ records: spansOf("first") });
    for (const id of ["t", "other"]) {
      await memory?.saveThread({ thread: { id, resourceId: "r", metadata: {}, createdAt: at(0), updatedAt: at(0) } });
      await memory?.saveMessages({ messages: list(300, id) });
    }
    const snapshot = { status: "running", context: {}, activePaths: [], timestamp: 1, value: {} } as never;
    const persist = (runId: string) => workflows?.persistWorkflowSnapshot({ workflowName: "w", runId, snapshot });
    for (let n = 0; n < 60; n++) await persist(`r${n}`);
    const last = { perPage: 40, orderBy: { direction: "DESC" as const } };
    const around = { id: "t-250", withPreviousMessages: 5, withNextMessages: 5 };
    const result = { status: "success" as const, output: 1, payload: {}, startedAt: 1, endedAt: 2 };

    const costs = {
      "save 10 messages": await cost(() => memory?.saveMessages({ messages: list(10, "t", 300) })),
      "last 40 messages": await cost(() => memory?.listMessages({ threadId: "t", ...last })),
      "window around a message": await cost(() =>
        memory?.listMessages({ threadId: "t", perPage: 0, include: [around] }),
      ),
      "persist a run": await cost(() => persist("new")),
      "record a step": await cost(() =>
        workflows?.updateWorkflowResults({ workflowName: "w", runId: "r1", stepId: "s", result, requestContext: {} }),
      ),
      "list 50 runs": await cost(() => workflows?.listWorkflowRuns({ workflowName: "w", page: 0, perPage: 50 })),
      "insert 200 spans": await cost(() => observability?.batchCreateSpans({ records: spansOf("trace") })),
      "get a trace": await cost(() => observability?.getTrace({ traceId: "trace" })),
    };
    expect(costs).toEqual({
      "save 10 messages": 1,
      "last 40 messages": 1,
      "window around a message": 2,
      "persist a run": 1,
      "record a step": 1,
      "list 50 runs": 1,
      "insert 200 spans": 1,
      "get a trace": 1,
    });

    const next = new ConvexStore({ id: "next", client });
    expect(await cost(() => next.init())).toBeLessThanOrEqual(3);
    await Promise.all([storage.close(), next.close()]);
  },
  60_000,
);
