import { OpenTelemetry } from "@ai-sdk/otel";
import { context } from "@opentelemetry/api";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { InMemoryStore, type ObservabilityStorage, type SpanRecord } from "@stowage/core";
import * as v7 from "ai";
import { MockLanguageModelV4 } from "ai/test";
import * as v5 from "ai-v5";
import { MockLanguageModelV2 } from "ai-v5/test";
import * as v6 from "ai-v6";
import { MockLanguageModelV3 } from "ai-v6/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PriceTable, StowageSpanProcessor, usageOfTrace } from "../src/index.ts";
import { contextManager } from "./programs/context-manager.ts";

// Real calls of the AI SDK, each release with its own way of telling, by a model that answers from a script.

const prices = new PriceTable("p", [
  { provider: "*", model: "m-1*", validFrom: "2020-01-01", currency: "USD", meters: { input: 1, output: 2 } },
]);
let store: ObservabilityStorage;
let provider: BasicTracerProvider;

beforeAll(async () => {
  context.setGlobalContextManager(contextManager());
  store = (await new InMemoryStore().getStore("observability")) as ObservabilityStorage;
  provider = new BasicTracerProvider({
    spanProcessors: [new StowageSpanProcessor({ storage: store, prices }) as never],
  });
});
afterAll(async () => {
  await provider.shutdown();
  context.disable();
});

const turns = [
  [{ type: "tool-call", toolCallId: "c1", toolName: "weather", input: '{"city":"Bern"}' }],
  [{ type: "text", text: "It rains." }],
];
const flat = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };
const nested = {
  inputTokens: { total: 10, noCache: 8, cacheRead: 2, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
};
const nestedReason = (unified: string) => ({ unified, raw: unified });

/** Three releases with three sets of types, of which each call uses one. */
type Release = any;

/** A question that takes a tool and two steps. Returns its trace. */
async function ask(
  sdk: Release,
  Model: Release,
  usage: object,
  reasonOf: (word: string) => unknown,
  how: object,
): Promise<SpanRecord[]> {
  let turn = 0;
  const model = new Model({
    provider: "house.messages",
    modelId: "m-1",
    doGenerate: async () => {
      const content = turns[turn++];
      const finishReason = reasonOf(turn === 1 ? "tool-calls" : "stop");
      return { content, finishReason, usage, warnings: [], response: { id: `r${turn}`, modelId: "m-1-2026" } };
    },
  });
  const weather = sdk.tool({
    inputSchema: sdk.jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] }),
    execute: async () => ({ rain: true, "x-api-key": "abc" }),
  });
  const { text } = await sdk.generateText({
    model,
    prompt: "Weather? My key is sk-abcdefghijklmnopqrstuvwx",
    temperature: 0.2,
    stopWhen: (sdk.stepCountIs ?? sdk.isStepCount)(3),
    tools: { weather },
    ...how,
  });
  expect(text).toBe("It rains.");
  await provider.forceFlush();
  const [newest] = (await store.listTraces({ orderBy: { field: "startedAt", direction: "DESC" } })).spans;
  const { spans } = (await store.getTrace({ traceId: newest?.traceId as string })) as { spans: SpanRecord[] };
  await store.batchDeleteTraces({ traceIds: [newest?.traceId as string] });
  return spans;
}

const legacy = () => ({
  experimental_telemetry: {
    isEnabled: true,
    functionId: "forecast",
    metadata: { threadId: "t1", userId: "ada" },
    tracer: provider.getTracer("ai"),
  },
});

function expectWhole(spans: SpanRecord[]): void {
  const text = JSON.stringify(spans);
  expect(text).not.toContain("sk-abcdefghijklmnopqrstuvwx");
  expect(text).not.toContain('"abc"');
  expect(spans.every(({ endedAt }) => endedAt !== null)).toBe(true);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(spans.filter(({ parentSpanId }) => parentSpanId === null)).toHaveLength(1);
  expect(spans.every(({ parentSpanId }) => parentSpanId === null || ids.has(parentSpanId))).toBe(true);
  // Two calls of 10 and 5 tokens, which the spans above repeat.
  expect(usageOfTrace(spans)).toMatchObject({ input: 20, output: 10, estimatedCost: 40e-6, unpriced: 0 });
  const tool = spans.find(({ spanType }) => spanType === "tool_call");
  expect(tool).toMatchObject({ entityName: "weather", input: { city: "Bern" }, attributes: { toolCallId: "c1" } });
  expect(tool?.output).toMatchObject({ rain: true });
}

test.each([
  ["5", v5, MockLanguageModelV2, flat, (word: string) => word],
  ["6", v6, MockLanguageModelV3, nested, nestedReason],
])("a call of release %s with its own telemetry", async (_release, sdk, Model, usage, reasonOf) => {
  const spans = await ask(sdk, Model, usage, reasonOf, legacy());
  expectWhole(spans);
  expect(spans.map(({ spanType }) => spanType).sort()).toEqual([
    "model_generation",
    "model_inference",
    "model_inference",
    "tool_call",
  ]);
  expect(spans.find(({ spanType }) => spanType === "model_generation")).toMatchObject({
    entityName: "forecast",
    threadId: "t1",
    userId: "ada",
    output: { text: "It rains." },
    attributes: { model: "m-1", provider: "house.messages", parameters: { temperature: 0.2 } },
  });
  const [last] = spans.filter(({ spanType }) => spanType === "model_inference").slice(-1);
  expect(last).toMatchObject({
    attributes: { responseModel: "m-1-2026", responseId: "r2", finishReason: "stop", cost: { priceVersion: "p" } },
  });
  expect(last).toMatchObject({ input: { messages: [{}, {}, {}] } });
});

test("a call of release 7 with its package for OpenTelemetry, in the current conventions", async () => {
  v7.registerTelemetry(new OpenTelemetry({ tracer: provider.getTracer("ai") }));
  const spans = await ask(v7, MockLanguageModelV4, nested, nestedReason, { telemetry: { functionId: "forecast" } });
  expectWhole(spans);
  expect(spans.filter(({ spanType }) => spanType === "model_generation")).toHaveLength(2);
  expect(spans[0]).toMatchObject({ spanType: "agent_run", entityName: "forecast", parentSpanId: null });
  const [last] = spans.filter(({ spanType }) => spanType === "model_generation").slice(-1);
  expect(last).toMatchObject({
    attributes: {
      model: "m-1",
      responseModel: "m-1-2026",
      finishReason: "stop",
      usage: { inputTokens: 10, outputTokens: 5, inputDetails: { cacheRead: 2 } },
    },
    output: [{ role: "assistant", parts: [{ type: "text", content: "It rains." }] }],
  });
});

test("out again: what one release told in its names is exported as it was told", async () => {
  let traceId = "";
  const create = store.batchCreateSpans.bind(store);
  store.batchCreateSpans = async (args) => {
    traceId = args.records[0]?.traceId ?? traceId;
    return create(args);
  };
  const remove = store.batchDeleteTraces.bind(store);
  store.batchDeleteTraces = async () => {};
  const spans = await ask(v5, MockLanguageModelV2, flat, (word) => word, legacy());
  const exported = await store.exportOtlpTraces({ traceIds: [traceId] });
  await remove({ traceIds: [traceId] });
  await store.ingestOtlpTraces(exported);
  const again = (await store.getTrace({ traceId }))?.spans ?? [];
  const told = ({ spanId, input, output, spanType }: SpanRecord) => ({ spanId, input, output, spanType });
  expect(again.map(told)).toEqual(spans.map(told));
});
