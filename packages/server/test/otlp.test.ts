import { gzipSync } from "node:zlib";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { InMemoryStore, StorageError } from "@stowage/core";
import { PriceTable } from "@stowage/observability";
import { afterEach, describe, expect, test } from "vitest";
import { createServer, type ServerOptions } from "../src/index.ts";
import { openServer, type TestServer } from "./open-server.ts";

const open: TestServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});
const start = async (options: Partial<ServerOptions> = {}) => {
  const server = await openServer(options);
  open.push(server);
  return server;
};

/** A program that calls a model within a request, traced by the official SDK. */
async function traceSomething(exporter: SpanExporter, question = "hi"): Promise<string> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "shop", "deployment.environment.name": "test" }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 10 })],
  });
  const tracer = provider.getTracer("shop", "1.2.3");
  const root = tracer.startSpan("request", { attributes: { "user.id": "ada", big: [1, 2.5], flag: true } });
  const inner = tracer.startSpan(
    "chat",
    {
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: question }] }]),
      },
    },
    trace.setSpan(context.active(), root),
  );
  inner.addEvent("first token", { at: 1 });
  inner.recordException(new TypeError("no luck"));
  inner.setStatus({ code: SpanStatusCode.ERROR, message: "failed" });
  inner.end();
  root.end();
  await provider.forceFlush();
  await provider.shutdown();
  return root.spanContext().traceId;
}

describe.each([
  ["JSON", JsonExporter, "none"],
  ["JSON, compressed", JsonExporter, "gzip"],
  ["protobuf", ProtoExporter, "none"],
  ["protobuf, compressed", ProtoExporter, "gzip"],
] as const)("the official exporter with %s", (_name, Exporter, compression) => {
  test("its spans are stored with all they carry", async () => {
    const { url, storage } = await start({
      auth: { tokens: [{ token: "t", id: "exporter", resources: "*", scopes: ["observability:write"] }] },
    });
    const traceId = await traceSomething(
      new Exporter({
        url: `${url}/v1/traces`,
        headers: { authorization: "Bearer t" },
        compression: compression as never,
      }),
    );
    const observability = await storage.getStore("observability");
    const { spans } = (await observability?.getTrace({ traceId })) ?? { spans: [] };
    expect(spans).toHaveLength(2);
    const [root, chat] = spans;
    expect(root).toMatchObject({
      name: "request",
      parentSpanId: null,
      userId: "ada",
      serviceName: "shop",
      environment: "test",
    });
    expect(chat).toMatchObject({
      spanType: "model_generation",
      parentSpanId: root?.spanId,
      attributes: { provider: "openai", model: "m-1", usage: { inputTokens: 12 } },
      error: { message: "failed", name: "TypeError" },
      otel: { kind: 1, status: { code: 2 }, scope: { name: "shop", version: "1.2.3" } },
    });
    expect(chat?.otel?.events.map(({ name }) => name)).toEqual(["first token", "exception"]);
    expect(await observability?.listTraces({ filters: { userId: "ada" } })).toMatchObject({ pagination: { total: 1 } });
  });

  test("a storage that is down loses nothing: the exporter waits and repeats", async () => {
    const { url, storage } = await start({ logger: { debug() {}, info() {}, warn() {}, error() {} } });
    const observability = await storage.getStore("observability");
    const create = observability!.batchCreateSpans.bind(observability);
    let failures = 2;
    observability!.batchCreateSpans = async (args) => {
      if (failures-- > 0) throw new StorageError("connect ECONNREFUSED", { code: "unavailable" });
      return create(args);
    };
    const traceId = await traceSomething(new Exporter({ url: `${url}/v1/traces`, compression: compression as never }));
    expect(failures).toBeLessThan(0);
    expect((await observability?.getTrace({ traceId }))?.spans).toHaveLength(2);
  });
});

const span = (spanId: string) => ({
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId,
  name: "x",
  startTimeUnixNano: "1544712660000000001",
  endTimeUnixNano: "1544712661000000000",
});
const requestOf = (...spans: object[]) => ({ resourceSpans: [{ scopeSpans: [{ scope: { name: "s" }, spans }] }] });

describe("requests", () => {
  const send = (url: string, body: string | Uint8Array<ArrayBuffer>, type = "application/json", headers = {}) =>
    fetch(`${url}/v1/traces`, { method: "POST", headers: { "content-type": type, ...headers }, body });

  test("a good one is answered with an empty message; one sent again is stored once", async () => {
    const { url, storage } = await start();
    for (let time = 0; time < 2; time++) {
      const response = await send(url, JSON.stringify(requestOf(span("eee19b7ec3c1b174"))));
      expect([response.status, await response.text()]).toEqual([200, "{}"]);
    }
    const observability = await storage.getStore("observability");
    expect((await observability?.getTrace({ traceId: span("").traceId }))?.spans).toHaveLength(1);
    const empty = await send(url, new Uint8Array(), "application/x-protobuf");
    expect([empty.status, empty.headers.get("content-type"), (await empty.arrayBuffer()).byteLength]).toEqual([
      200,
      "application/x-protobuf",
      0,
    ]);
  });

  test("one bad span is rejected alone, and the answer says so", async () => {
    const { url } = await start();
    const response = await send(url, JSON.stringify(requestOf(span("eee19b7ec3c1b174"), span("nonsense"))));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedSpans: "1", errorMessage: expect.stringContaining("spanId") },
    });
    // The same in protobuf: one resource, one scope, one span without ids.
    const nested = (field: number, bytes: number[]) => [(field << 3) | 2, bytes.length, ...bytes];
    const bytes = Uint8Array.from(nested(1, nested(2, nested(2, nested(5, [0x78])))));
    const partial = await send(url, bytes, "application/x-protobuf");
    const answer = Buffer.from(await partial.arrayBuffer());
    expect([partial.status, answer[0], answer[2], answer[3]]).toEqual([200, 0x0a, 0x08, 1]);
    expect(answer.toString("utf8")).toContain("traceId");
  });

  test("what is no OTLP is refused for good, what is too large or of another type as well", async () => {
    const { url } = await start({ limits: { importBytes: 5000 } });
    const statusOf = async (...args: Parameters<typeof send>) => (await send(...args)).status;
    expect(await statusOf(url, "{nope")).toBe(400);
    expect(await statusOf(url, "[".repeat(2000))).toBe(400);
    expect(await statusOf(url, Uint8Array.from([0x0a, 0x7f, 1]), "application/x-protobuf")).toBe(400);
    expect(await statusOf(url, "<x/>", "text/xml")).toBe(415);
    expect(await statusOf(url, gzipSync("x".repeat(100_000)), "application/json", { "content-encoding": "gzip" })).toBe(
      413,
    );
    const status = await send(url, Uint8Array.from([0x0a, 0x7f, 1]), "application/x-protobuf");
    const message = Buffer.from(await status.arrayBuffer());
    expect([message[0], message[1]]).toEqual([0x08, 3]);
    expect((await fetch(`${url}/v1/logs`, { method: "POST" })).status).toBe(404);
  });

  test("values nested beyond reason are refused, not a crash", async () => {
    const { url } = await start();
    let value: number[] = [0x0a, 1, 0x78];
    const varint = (size: number) =>
      size < 0x80
        ? [size]
        : size < 0x4000
          ? [(size & 0x7f) | 0x80, size >> 7]
          : [(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14];
    const nested = (field: number, bytes: number[]) => [(field << 3) | 2, ...varint(bytes.length), ...bytes];
    for (let depth = 0; depth < 2000; depth++) value = nested(5, nested(1, value));
    const attribute = nested(9, [...nested(1, [0x6b]), ...nested(2, value)]);
    const ids = [...nested(1, Array(16).fill(1)), ...nested(2, Array(8).fill(2)), 0x39, 1, 1, 1, 1, 1, 1, 1, 1];
    const bytes = Uint8Array.from(nested(1, nested(2, nested(2, [...ids, ...attribute]))));
    const response = await send(url, bytes, "application/x-protobuf");
    expect(response.status).toBe(400);
  });

  test("when too much is on its way, exporters are told to wait", async () => {
    const { url } = await start({ otlp: { queueBytes: 0 } });
    const response = await send(url, JSON.stringify(requestOf(span("eee19b7ec3c1b174"))));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  });
});

test("secrets are hidden before spans are kept, and model calls priced, where the server is told to", async () => {
  const prices = new PriceTable("p", [
    { provider: "*", model: "m-1", validFrom: "2020-01-01", currency: "USD", meters: { input: 1_000_000 } },
  ]);
  const { url, storage } = await start({ otlp: { sensitiveData: {}, prices } });
  const observability = await storage.getStore("observability");
  const traceId = await traceSomething(
    new JsonExporter({ url: `${url}/v1/traces`, headers: { "x-any": "1" } }),
    "sk-abcdefghijklmnopqrstuvwx",
  );
  const { spans } = (await observability?.getTrace({ traceId })) ?? { spans: [] };
  expect(JSON.stringify(spans)).not.toContain("sk-abcdefghijklmnopqrstuvwx");
  expect(JSON.stringify(await observability?.exportOtlpTraces({ traceIds: [traceId] }))).not.toContain("sk-abcdef");
  expect(spans[1]?.attributes).toMatchObject({ cost: { estimatedCost: 12, costUnit: "USD", priceVersion: "p" } });
});

test("exporters may have a port of their own, where nothing else answers", async () => {
  const folder = new InMemoryStore();
  const server = createServer({ storage: folder, port: 0, otlp: { port: 0 } });
  const { url, otlpUrl } = await server.listen();
  expect(otlpUrl).not.toBe(url);
  await traceSomething(new ProtoExporter({ url: `${otlpUrl}/v1/traces` }));
  expect((await (await folder.getStore("observability"))?.listTraces())?.spans).toHaveLength(1);
  expect((await fetch(`${otlpUrl}/api/memory/threads`)).status).toBe(404);
  expect((await fetch(`${otlpUrl}/v1/logs`, { method: "POST" })).status).toBe(404);
  await server.close();
  await expect(fetch(`${otlpUrl}/v1/traces`)).rejects.toThrow();
});
