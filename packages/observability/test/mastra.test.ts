import { Observability, SamplingStrategyType } from "@mastra/observability";
import { InMemoryStore, type ObservabilityStorage, type SpanRecord, StorageError } from "@stowage/core";
import { LibSQLStore } from "@stowage/libsql";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type Drop,
  PriceTable,
  type StorageExporter,
  type StorageExporterOptions,
  storageExporter,
  usageOfTrace,
} from "../src/index.ts";

// The real observability of Mastra, writing through the exporter.

let storage: LibSQLStore;
let store: ObservabilityStorage;
beforeEach(async () => {
  storage = new LibSQLStore({ id: "test", url: ":memory:" });
  store = (await storage.getStore("observability")) as ObservabilityStorage;
  return () => storage.close();
});

const instanceWith = (exporter: StorageExporter) => {
  const observability = new Observability({
    configs: {
      default: { serviceName: "shop", exporters: [exporter], sampling: { type: SamplingStrategyType.ALWAYS } },
    },
  });
  return observability.getDefaultInstance()!;
};

/** An agent that calls a model and a tool. */
function runAgent(exporter: StorageExporter): string {
  const instance = instanceWith(exporter);
  const agent = instance.startSpan({
    type: "agent_run" as never,
    name: "agent run: 'cook'",
    entityType: "agent" as never,
    entityId: "cook",
    input: "What is for dinner?",
    metadata: { threadId: "t1", resourceId: "ada", apiKey: "sk-abcdefghijklmnopqrstuvwx" },
    tracingOptions: { tags: ["kitchen"] },
  } as never);
  const model = agent.createChildSpan({
    type: "model_generation" as never,
    name: "llm",
    attributes: { model: "gpt-4o", provider: "openai" },
    input: { messages: [{ role: "user", content: "Use password=hunter2 at postgres://me:hunter2@db/x" }] },
  } as never);
  model.end({
    output: { text: "Soup" },
    attributes: { usage: { inputTokens: 1000, outputTokens: 100, inputDetails: { cacheRead: 200 } } },
  } as never);
  const tool = agent.createChildSpan({ type: "tool_call" as never, name: "stove", input: { heat: 3 } } as never);
  tool.error({ error: new Error("too hot"), endSpan: true });
  agent.end({ output: { text: "Soup" } } as never);
  return agent.traceId;
}

describe("spans of a real Mastra run", () => {
  test.each(["auto", "realtime", "batch-with-updates", "event-sourced", "insert-only"] as const)(
    "with %s: one row each, with everything",
    async (strategy) => {
      const exporter = storageExporter({ storage, strategy, prices: PriceTable.bundled() });
      const traceId = runAgent(exporter);
      await exporter.flush();
      const { spans } = (await store.getTrace({ traceId })) as { spans: SpanRecord[] };
      expect(spans).toHaveLength(3);
      const { spans: listed } = await store.listTraces({
        filters: { threadId: "t1", resourceId: "ada", status: "success" },
      });
      expect(listed).toMatchObject([
        { entityId: "cook", entityType: "agent", tags: ["kitchen"], input: "What is for dinner?" },
      ]);
      expect(spans).toContainEqual(
        expect.objectContaining({ spanType: "tool_call", error: expect.objectContaining({ message: "too hot" }) }),
      );
      expect(usageOfTrace(spans)).toMatchObject({
        input: 1000,
        output: 100,
        cacheRead: 200,
        estimatedCost: expect.closeTo((800 * 2.5 + 200 * 1.25 + 100 * 10) / 1e6, 9),
        costUnit: "USD",
        unpriced: 0,
      });
      const text = JSON.stringify(spans);
      expect(text).not.toContain("hunter2@");
      expect(text).not.toContain("abcdefghijklmnop");
      await exporter.shutdown();
    },
  );

  test("a running span is visible before it ends", async () => {
    const exporter = storageExporter({ storage });
    const span = instanceWith(exporter).startSpan({ type: "generic" as never, name: "long" } as never);
    await exporter.flush();
    expect((await store.listTraces({ filters: { status: "running" } })).spans).toMatchObject([{ name: "long" }]);
    span.end();
    await exporter.flush();
    expect((await store.listTraces({ filters: { status: "running" } })).spans).toEqual([]);
  });

  test("logs, metrics, scores and feedback are written once, with ids of their own", async () => {
    const exporter = storageExporter({ storage });
    const timestamp = new Date();
    const correlationContext = { traceId: "tr", threadId: "t1", source: "cloud" };
    exporter.onLogEvent({ type: "log", log: { level: "info", message: "hi", timestamp, correlationContext } });
    exporter.onMetricEvent({
      type: "metric",
      metric: {
        name: "m",
        value: 1,
        labels: { entity_name: "cook", x: "y" },
        timestamp,
        costContext: { provider: "p", estimatedCost: 2 },
      },
    });
    exporter.onScoreEvent({
      type: "score",
      score: { scorerId: "s", score: 1, source: "live", timestamp, targetEntityType: "agent" },
    });
    exporter.onFeedbackEvent({
      type: "feedback",
      feedback: { feedbackType: "thumb", value: 1, userId: "ada", timestamp, traceId: "tr" },
    });
    await exporter.addScoreToTrace({ traceId: "tr", score: 0.5, scorerName: "tone" });
    await exporter.flush();
    expect((await store.listLogs()).logs).toMatchObject([
      { message: "hi", traceId: "tr", threadId: "t1", executionSource: "cloud" },
    ]);
    expect((await store.listMetrics()).metrics).toMatchObject([
      { entityName: "cook", labels: { x: "y" }, provider: "p", estimatedCost: 2 },
    ]);
    expect((await store.listScores()).scores).toHaveLength(2);
    expect((await store.listFeedback()).feedback).toMatchObject([{ feedbackUserId: "ada", traceId: "tr" }]);
  });
});

const options: StorageExporterOptions = { retryDelayMs: 1, maxBatchWaitMs: 60_000, shutdownTimeoutMs: 500 };
const started = (id: string, more: object = {}) => ({
  type: "span_ended",
  exportedSpan: {
    id,
    traceId: "tr",
    name: id,
    type: "generic",
    isEvent: false,
    startTime: new Date(1),
    endTime: new Date(2),
    ...more,
  },
});
const namesOf = async (domain: ObservabilityStorage) =>
  (await domain.getTrace({ traceId: "tr" }))?.spans.map(({ name }) => name) ?? [];

describe("when the storage is in trouble", () => {
  const broken = async () => {
    const memory = new InMemoryStore();
    const domain = (await memory.getStore("observability")) as ObservabilityStorage;
    const create = domain.batchCreateSpans.bind(domain);
    const fail = { times: 0, calls: 0 };
    domain.batchCreateSpans = async (args) => {
      fail.calls++;
      if (fail.times-- > 0) throw new StorageError("away", { code: "unavailable" });
      return create(args);
    };
    return { domain, fail };
  };

  test("a call is repeated, and nothing is lost or doubled", async () => {
    const { domain, fail } = await broken();
    fail.times = 3;
    const drops: Drop[] = [];
    const exporter = storageExporter({ ...options, storage: domain, onDrop: (drop) => drops.push(drop) });
    for (let index = 0; index < 50; index++) exporter.onTracingEvent(started(`s${index}`));
    await exporter.flush();
    expect(fail.calls).toBe(4);
    expect(await namesOf(domain)).toHaveLength(50);
    expect(drops).toEqual([]);
  });

  test("when the tries run out every loss is told, to Mastra too", async () => {
    const { domain, fail } = await broken();
    fail.times = Infinity;
    const told: unknown[] = [];
    const exporter = storageExporter({ ...options, storage: domain });
    exporter.init({ emitDropEvent: (event: unknown) => told.push(event) });
    exporter.onTracingEvent(started("a"));
    await exporter.flush();
    expect(told).toMatchObject([
      { type: "drop", signal: "tracing", reason: "retry-exhausted", count: 1, exporterName: "stowage" },
    ]);
  });

  test("a bad record is found and dropped alone", async () => {
    const drops: Drop[] = [];
    const exporter = storageExporter({ ...options, storage: store, onDrop: (drop) => drops.push(drop) });
    for (let index = 0; index < 20; index++) exporter.onTracingEvent(started(`s${index}`));
    exporter.onTracingEvent(started("bad", { startTime: "no date" }));
    await exporter.flush();
    expect(await namesOf(store)).toHaveLength(20);
    expect(drops).toMatchObject([{ reason: "invalid", count: 1 }]);
  });

  test("the buffer is bounded; chunks go first, roots and errors stay", async () => {
    const { domain } = await broken();
    const drops: Drop[] = [];
    const exporter = storageExporter({
      ...options,
      storage: domain,
      maxBufferSize: 10,
      onDrop: (drop) => drops.push(drop),
    });
    exporter.onTracingEvent(started("root"));
    for (let index = 0; index < 20; index++) {
      exporter.onTracingEvent(started(`c${index}`, { type: "model_chunk", parentSpanId: "root" }));
      exporter.onTracingEvent(
        started(`s${index}`, { parentSpanId: "root", ...(index === 0 && { errorInfo: { message: "e" } }) }),
      );
    }
    await exporter.flush();
    const names = await namesOf(domain);
    expect(names).toHaveLength(10);
    expect(names).toEqual(expect.arrayContaining(["root", "s0"]));
    expect(names.filter((name) => name.startsWith("c"))).toEqual([]);
    expect(drops.reduce((sum, { count }) => sum + count, 0)).toBe(31);
    expect(drops.every(({ reason }) => reason === "buffer-full")).toBe(true);
  });

  test("shutdown is bounded, tells what was left, and may be called again", async () => {
    const { domain, fail } = await broken();
    fail.times = Infinity;
    const drops: Drop[] = [];
    const exporter = storageExporter({
      ...options,
      maxRetries: 1000,
      retryDelayMs: 50,
      storage: domain,
      onDrop: (drop) => drops.push(drop),
    });
    exporter.onTracingEvent(started("a"));
    const from = Date.now();
    await Promise.all([exporter.shutdown(), exporter.shutdown()]);
    expect(Date.now() - from).toBeLessThan(5000);
    exporter.onTracingEvent(started("late"));
    expect(drops).toMatchObject([{ reason: "shutdown" }, { reason: "shutdown" }]);
  });

  test("a storage without a signal costs that signal alone", async () => {
    const { domain } = await broken();
    domain.batchCreateLogs = async () => {
      throw new StorageError("no", {
        code: "unsupported",
        category: "SYSTEM",
        id: "OBSERVABILITY_STORAGE_BATCH_CREATE_LOGS_NOT_IMPLEMENTED",
        domain: "MASTRA_OBSERVABILITY",
      });
    };
    const drops: Drop[] = [];
    const exporter = storageExporter({ ...options, storage: domain, onDrop: (drop) => drops.push(drop) });
    exporter.onLogEvent({ type: "log", log: { level: "info", message: "hi", timestamp: new Date() } });
    exporter.onTracingEvent(started("a"));
    await exporter.flush();
    expect(await namesOf(domain)).toEqual(["a"]);
    expect(drops).toMatchObject([{ signal: "log", reason: "unsupported-storage" }]);
  });
});
