import * as hostStorage from "@mastra/core/storage";
import { InMemoryStore } from "@stowage/core";
import { toMastraStorage } from "@stowage/mastra";
import { describe, expect, test } from "vitest";

type Planner = (request: object) => object;
const { parseTraceQueryRequest, planTraceQuery } = hostStorage as unknown as {
  parseTraceQueryRequest: Planner;
  planTraceQuery: Planner;
};

// Older copies of core know no queries.
describe.runIf("planTraceQuery" in hostStorage)("trace queries", () => {
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const timeRange = { from, to: new Date(Date.now() + 3_600_000).toISOString() };

  async function observability() {
    const storage = toMastraStorage(new InMemoryStore());
    const store = await storage.getStore("observability");
    const span = {
      traceId: "t",
      spanId: "s",
      name: "n",
      spanType: "agent_run",
      startedAt: new Date(),
      endedAt: new Date(),
    };
    await store?.createSpan({ span: { ...span, isEvent: false, error: { message: "x" }, threadId: "th" } as never });
    return store as unknown as Record<string, (plan: object) => Promise<Record<string, unknown>>>;
  }

  test("run the plans of the host's planner", async () => {
    const store = await observability();
    const status = { op: "eq", left: { path: "status" }, right: { literal: "error" } };
    const isError = { spans: { some: status } } as const;
    const plan = (more: object) => planTraceQuery(parseTraceQueryRequest({ timeRange, where: isError, ...more }));
    expect(await store.queryTraces?.(plan({}))).toMatchObject({
      traces: [{ traceId: "t", status: "error" }],
      page: { next: null },
    });
    expect(await store.queryTraces?.(plan({ group: { by: ["threadId"] } }))).toMatchObject({
      groups: [{ threadId: "th" }],
    });
    const page = await store.queryTraces?.(plan({ pagination: { page: 0, perPage: 5 } }));
    expect(page).toMatchObject({ pagination: { total: 1 }, deltaCursor: expect.any(String) });
    const poll = await store.queryTraces?.(plan({ mode: "delta", after: page?.deltaCursor }));
    expect(poll).toMatchObject({ traces: [], delta: { hasMore: false } });
  });

  test("fail with the host's own errors", async () => {
    const store = await observability();
    const plan = {
      ...planTraceQuery(parseTraceQueryRequest({ timeRange, mode: "delta" })),
      deltaCursor: { adapter: "x", watermark: "w" },
    };
    const error = await store.queryTraces?.(plan).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "TraceQueryCursorError" });
    expect(error).toMatchObject({ code: "TRACE_QUERY_CURSOR_CONFLICT" });
  });
});
