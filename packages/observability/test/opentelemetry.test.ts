import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { InMemoryStore, type ObservabilityStorage, type SpanRecord, StorageError } from "@stowage/core";
import { LibSQLStore } from "@stowage/libsql";
import { beforeEach, describe, expect, test } from "vitest";
import { type Drop, PriceTable, StorageExporter, StowageSpanExporter, StowageSpanProcessor } from "../src/index.ts";

let storage: LibSQLStore;
let store: ObservabilityStorage;
beforeEach(async () => {
  storage = new LibSQLStore({ id: "test", url: ":memory:" });
  store = (await storage.getStore("observability")) as ObservabilityStorage;
  return () => storage.close();
});

const providerOf = (...spanProcessors: SpanProcessor[]) =>
  new BasicTracerProvider({ resource: resourceFromAttributes({ "service.name": "shop" }), spanProcessors });

function traceSomething(provider: BasicTracerProvider): string {
  const tracer = provider.getTracer("lib", "2.0.0");
  const root = tracer.startSpan("invoke_agent cook", {
    attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "cook" },
  });
  const chat = tracer.startSpan(
    "chat",
    {
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "http.request.header.x-api-key": "abc",
        n: 1.5,
      },
      links: [{ context: root.spanContext(), attributes: { why: "test" } }],
    },
    trace.setSpan(context.active(), root),
  );
  chat.addEvent("event", { a: [true] });
  chat.setStatus({ code: SpanStatusCode.ERROR, message: "no" });
  chat.end();
  root.end();
  return root.spanContext().traceId;
}

describe.each(["batch", "simple"] as const)("the exporter behind the SDK's %s processor", (kind) => {
  test("writes spans that are filtered, typed and exportable again", async () => {
    const exporter = new StowageSpanExporter({ storage });
    const processor =
      kind === "batch" ? new BatchSpanProcessor(exporter as never) : new SimpleSpanProcessor(exporter as never);
    const provider = providerOf(processor);
    const traceId = traceSomething(provider);
    await provider.forceFlush();
    const { spans } = (await store.getTrace({ traceId })) as { spans: SpanRecord[] };
    expect(spans).toMatchObject([
      { spanType: "agent_run", entityName: "cook", serviceName: "shop", parentSpanId: null },
      { spanType: "model_generation", attributes: { model: "m", n: 1.5 }, error: { message: "no" } },
    ]);
    expect(JSON.stringify(spans)).not.toContain('"abc"');
    const exported = JSON.stringify(await store.exportOtlpTraces({ traceIds: [traceId] }));
    expect(exported).toContain('{"doubleValue":1.5}');
    expect(exported).toContain('"why"');
    await provider.shutdown();
  });
});

test("the processor shows spans while they run", async () => {
  const provider = providerOf(new StowageSpanProcessor({ storage }) as never);
  const span = provider.getTracer("lib").startSpan("long");
  await provider.forceFlush();
  expect((await store.listTraces({ filters: { status: "running" } })).spans).toMatchObject([{ name: "long" }]);
  span.end();
  await provider.forceFlush();
  expect((await store.listTraces()).spans).toMatchObject([{ name: "long", status: "success" }]);
  await provider.shutdown();
});

test("a batch that is not durable is answered so", async () => {
  const memory = new InMemoryStore();
  const domain = (await memory.getStore("observability")) as ObservabilityStorage;
  domain.batchCreateSpans = async () => {
    throw new StorageError("away", { code: "unavailable" });
  };
  const exporter = new StowageSpanExporter({ storage: domain, maxRetries: 1, retryDelayMs: 1 });
  const spans: object[] = [];
  const provider = providerOf({
    onStart() {},
    onEnd: (span: object) => spans.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  } as never);
  traceSomething(provider);
  const result = await new Promise((resolve) => exporter.export(spans, resolve));
  expect(result).toMatchObject({ code: 1, error: { message: "2 spans were dropped: retry-exhausted" } });
});

describe("the spool", () => {
  test("keeps spans on disk while the database is away, over a restart too, and puts each back once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stowage-spool-"));
    const memory = new InMemoryStore();
    const domain = (await memory.getStore("observability")) as ObservabilityStorage;
    const create = domain.batchCreateSpans.bind(domain);
    let isAway = true;
    domain.batchCreateSpans = async (args) => {
      if (isAway) throw new StorageError("away", { code: "unavailable" });
      return create(args);
    };
    const drops: Drop[] = [];
    const options = {
      storage: domain,
      maxRetries: 0,
      retryDelayMs: 1,
      spool: { folder },
      onDrop: (drop: Drop) => drops.push(drop),
    };
    const first = new StowageSpanExporter(options);
    const provider = providerOf(new SimpleSpanProcessor(first as never));
    const traceId = traceSomething(provider);
    await provider.shutdown();
    expect(readdirSync(folder).length).toBeGreaterThan(0);

    isAway = false;
    const second = new StowageSpanExporter(options);
    const later = providerOf(new SimpleSpanProcessor(second as never));
    const other = traceSomething(later);
    await later.forceFlush();
    expect((await domain.getTrace({ traceId }))?.spans).toHaveLength(2);
    expect((await domain.getTrace({ traceId: other }))?.spans).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);
    expect(drops).toEqual([]);
    await later.shutdown();
    rmSync(folder, { recursive: true });
  });

  test("is bounded, and tells what did not fit", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stowage-spool-"));
    const drops: Drop[] = [];
    const exporter = new StowageSpanExporter({
      storage: () => undefined,
      maxRetries: 0,
      spool: { folder, maxBytes: 10 },
      onDrop: (drop) => drops.push(drop),
    });
    const provider = providerOf(new BatchSpanProcessor(exporter as never));
    traceSomething(provider);
    // The SDK passes the exporter's reason on.
    await expect(provider.forceFlush()).rejects.toBeDefined();
    await provider.shutdown();
    expect(drops.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    rmSync(folder, { recursive: true });
  });
});

describe("sampling", () => {
  const traces = async (options: object, count = 40) => {
    const exporter = new StowageSpanExporter({ storage, ...options });
    const provider = providerOf(new BatchSpanProcessor(exporter as never));
    const tracer = provider.getTracer("lib");
    for (let index = 0; index < count; index++) {
      const root = tracer.startSpan(`t${index}`, { attributes: { "user.id": index === 7 ? "ada" : "bob" } });
      const child = tracer.startSpan("child", {}, trace.setSpan(context.active(), root));
      if (index === 3) child.setStatus({ code: SpanStatusCode.ERROR });
      child.end();
      root.end();
    }
    await provider.shutdown();
    return (await store.listTraces({ pagination: { perPage: 100 } })).spans;
  };

  test("at the head keeps whole traces, always the same ones", async () => {
    const kept = await traces({ sampling: { type: "ratio", ratio: 0.5 } }, 200);
    expect(kept.length).toBeGreaterThan(60);
    expect(kept.length).toBeLessThanOrEqual(100);
    for (const { traceId } of kept.slice(0, 5)) expect((await store.getTrace({ traceId }))?.spans).toHaveLength(2);
    expect(await traces({ sampling: { type: "never" } })).toHaveLength(kept.length);
  });

  test("at the tail keeps errors and who is listed, and says what the rest stands for", async () => {
    const kept = await traces({ tailSampling: { users: ["ada"], graceMs: 1 } });
    expect(kept.map(({ name }) => name).sort()).toEqual(["t3", "t7"]);
    const more = await traces({ tailSampling: { errors: false, ratio: 0.999_999, graceMs: 1 } });
    expect(more.filter(({ metadata }) => metadata?.sampleWeight).length).toBe(40);
  });

  test("at the tail keeps what was dear or badly judged, and counts what it drops", async () => {
    const prices = new PriceTable("p", [
      { provider: "*", model: "m", validFrom: "2020-01-01", currency: "USD", meters: { input: 1_000_000 } },
    ]);
    const exporter = new StorageExporter({ storage, prices, tailSampling: { costAbove: 5, scoreBelow: 0.5 } });
    const at = new Date();
    for (const [index, inputTokens] of [1, 9, 2, 3].entries()) {
      const span = {
        id: `s${index}`,
        traceId: `t${index}`,
        name: `n${index}`,
        type: "model_generation",
        isEvent: false,
      };
      const attributes = { model: "m", usage: { inputTokens } };
      exporter.onTracingEvent({ type: "span_started", exportedSpan: { ...span, startTime: at } });
      exporter.onTracingEvent({
        type: "span_ended",
        exportedSpan: { ...span, startTime: at, endTime: at, attributes },
      });
    }
    exporter.onScoreEvent({ type: "score", score: { traceId: "t2", scorerId: "j", score: 0.1, timestamp: at } });
    exporter.onScoreEvent({ type: "score", score: { traceId: "t3", scorerId: "j", score: 0.9, timestamp: at } });
    exporter.onTracingEvent({ type: "span_of_the_future", exportedSpan: { id: "x", traceId: "x" } });
    await exporter.shutdown();
    expect((await store.listTraces()).spans.map(({ name }) => name).sort()).toEqual(["n1", "n2"]);
    expect(exporter.sampledOut).toEqual({ traces: 2, spans: 4 });
    expect(exporter.ignoredEvents).toBe(1);
  });

  test("a trace that a remote caller records is kept, whatever is decided here", async () => {
    for (const options of [{ sampling: { type: "never" } as const }, { tailSampling: { ratio: 0 } }]) {
      const exporter = new StowageSpanExporter({ storage, ...options });
      const provider = providerOf(new BatchSpanProcessor(exporter as never));
      const tracer = provider.getTracer("lib");
      const remote = (traceFlags: number) => {
        const traceId = randomBytes(16).toString("hex");
        const parent = { traceId, spanId: "00f067aa0ba902b7", traceFlags, isRemote: true };
        const local = tracer.startSpan("local", {}, trace.setSpanContext(context.active(), parent));
        tracer.startSpan("inner", {}, trace.setSpan(context.active(), local)).end();
        local.end();
        return traceId;
      };
      const recorded = remote(1);
      const own = tracer.startSpan("own");
      own.end();
      await provider.shutdown();
      expect((await store.getTrace({ traceId: recorded }))?.spans).toHaveLength(2);
      expect(await store.getTrace({ traceId: own.spanContext().traceId })).toBeNull();
    }
  });
});
