import { type RedisClient, RedisStore } from "@stowage/redis";
import { fd } from "@stowage/testkit";
import { createClient } from "redis";
import { afterAll, beforeAll, expect } from "vitest";
import { freshPrefix } from "./harness.ts";
import { onRedis } from "./server.ts";

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

/** How many requests each hot operation makes, in a store that holds more than it is asked for. */
onRedis("requests", (server) => {
  let client: ReturnType<typeof createClient>;
  let requests = 0;
  beforeAll(async () => {
    client = createClient({ url: server().connectionString });
    await client.connect();
  });
  afterAll(() => client?.close());

  const counted: RedisClient = {
    sendCommand: (command: readonly string[]) => {
      requests++;
      return client.sendCommand(command);
    },
  };
  const cost = async (call: () => Promise<unknown> | undefined): Promise<number> => {
    requests = 0;
    await call();
    return requests;
  };

  fd("FD-128", "hot operations stay within their budget of requests, whatever the store holds", async () => {
    const keyPrefix = freshPrefix();
    const storage = new RedisStore({ id: "requests", client: counted, keyPrefix });
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
      const thread = { id, resourceId: "r", metadata: {}, createdAt: at(0), updatedAt: at(0) };
      await memory?.saveThread({ thread });
    }
    for (const id of ["t", "other"]) await memory?.saveMessages({ messages: list(500, id) });
    const snapshot = { status: "running", context: {}, activePaths: [], timestamp: 1, value: {} } as never;
    const persist = (runId: string) => workflows?.persistWorkflowSnapshot({ workflowName: "w", runId, snapshot });
    for (let n = 0; n < 60; n++) await persist(`r${n}`);
    const last = { perPage: 40, orderBy: { direction: "DESC" as const } };
    const around = { id: "t-250", withPreviousMessages: 5, withNextMessages: 5 };
    const result = { status: "success" as const, output: 1, payload: {}, startedAt: 1, endedAt: 2 };

    const costs = {
      "save 10 messages": await cost(() => memory?.saveMessages({ messages: list(10, "t", 500) })),
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

    const next = new RedisStore({ id: "next", client: counted, keyPrefix });
    expect(await cost(() => next.init())).toBeLessThanOrEqual(3);
    await Promise.all([storage.close(), next.close()]);
  });
});
