import type { CreateSpanRecord, ObservabilityStorage } from "@stowage/core";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { anyText } from "../../arbitraries.ts";
import type { DomainContext } from "../context.ts";
import { at, child, root } from "./spans.ts";

type Json = Record<string, unknown>;

/** Names that a convention knows, which any value may stand under. */
const conventionKeys = [
  ...["gen_ai.usage.input_tokens", "gen_ai.operation.name", "gen_ai.input.messages", "gen_ai.output.messages"],
  ...["gen_ai.request.temperature", "gen_ai.response.time_to_first_chunk", "gen_ai.tool.definitions"],
  ...["ai.operationId", "ai.settings.maxTokens", "ai.settings.__proto__", "ai.prompt", "ai.schema", "ai.embeddings"],
  ...["ai.response.msToFirstChunk", "ai.telemetry.metadata.threadId", "mastra.span.type", "mastra.tags"],
  ...["openinference.span.kind", "llm.invocation_parameters", "llm.token_count.prompt", "input.value"],
  ...["llm.input_messages.0.message.role", "llm.input_messages.7.message.__proto__", "llm.input_messages.x"],
  ...["langfuse.observation.type", "langfuse.observation.input", "langfuse.user.id"],
];

const uint64 = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);
const keyValues = fc.letrec<{ value: unknown; list: unknown[] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    anyText().map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => ({ intValue: String(n) })),
    fc
      .oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        fc.constantFrom("NaN", "Infinity", "-Infinity"),
      )
      .map((doubleValue) => ({ doubleValue })),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ bytesValue: btoa(String.fromCharCode(...bytes)) })),
    fc.array(tie("value"), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
    tie("list").map((values) => ({ kvlistValue: { values } })),
    fc.constant({}),
  ),
  list: fc.array(
    fc.record(
      {
        key: fc.oneof(anyText(), fc.constantFrom("a", "a", "__proto__", ...conventionKeys)),
        value: tie("value"),
      },
      { requiredKeys: ["key"] },
    ),
    { maxLength: 4 },
  ) as fc.Arbitrary<unknown[]>,
})).list;
const attributes = keyValues.filter((list) => list.length > 0);
const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => !/^0+$/.test(id));
const some = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const word = anyText().filter((text) => text !== "");

const resource = fc.record({ attributes: keyValues, droppedAttributesCount: some }, { requiredKeys: ["attributes"] });
const scope = fc.record(
  { name: anyText(), version: word, attributes, droppedAttributesCount: some },
  { requiredKeys: ["name"] },
);
const event = fc.record(
  { timeUnixNano: uint64, name: anyText(), attributes: keyValues, droppedAttributesCount: some },
  { requiredKeys: ["timeUnixNano", "name", "attributes"] },
);
const link = fc.record(
  {
    traceId: hex(32),
    spanId: hex(16),
    traceState: word,
    flags: some,
    attributes: keyValues,
    droppedAttributesCount: some,
  },
  { requiredKeys: ["traceId", "spanId", "attributes"] },
);
const span = fc.record(
  {
    spanId: hex(16),
    parentSpanId: hex(16),
    name: anyText(),
    kind: fc.integer({ min: 0, max: 9 }),
    startTimeUnixNano: uint64,
    endTimeUnixNano: uint64,
    flags: some,
    traceState: word,
    attributes,
    droppedAttributesCount: some,
    droppedEventsCount: some,
    droppedLinksCount: some,
    events: fc.array(event, { minLength: 1, maxLength: 2 }),
    links: fc.array(link, { minLength: 1, maxLength: 2 }),
    status: fc.record({ code: fc.integer({ min: 0, max: 5 }), message: word }, { requiredKeys: ["code"] }),
  },
  { requiredKeys: ["spanId", "name", "kind", "startTimeUnixNano"] },
);
const request = fc.array(
  fc.record(
    {
      resource,
      schemaUrl: word,
      scopeSpans: fc.array(
        fc.record(
          { scope, schemaUrl: word, spans: fc.array(span, { minLength: 1, maxLength: 3 }) },
          { requiredKeys: ["scope", "spans"] },
        ),
        { minLength: 1, maxLength: 2 },
      ),
    },
    { requiredKeys: ["resource", "scopeSpans"] },
  ),
  { minLength: 1, maxLength: 2 },
);

/** Each span with all that it stands under, so that the grouping does not count. */
function flat(resourceSpans: readonly unknown[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { scopeSpans, ...resource } of resourceSpans as (Json & { scopeSpans: Json[] })[]) {
    for (const { spans, ...scope } of scopeSpans) {
      for (const one of spans as Json[]) found.set(String(one.spanId), { resource, scope, span: one });
    }
  }
  return found;
}

const attribute = (key: string, value: string | number | string[]) => ({
  key,
  value:
    typeof value === "string"
      ? { stringValue: value }
      : Array.isArray(value)
        ? { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } }
        : { intValue: value },
});

export function otlpSuite(context: DomainContext): void {
  describe("OpenTelemetry", () => {
    let store: ObservabilityStorage;
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const spanId = "b7ad6b7169203331";
    const nanos = (ms: number, rest = 0) => String(BigInt(Number(at(ms))) * 1_000_000n + BigInt(rest));
    const wrapped = (spans: object[], resourceAttributes: object[] = []) => ({
      resourceSpans: [
        { resource: { attributes: resourceAttributes }, scopeSpans: [{ scope: { name: "lib", version: "1" }, spans }] },
      ],
    });
    const one = (extra: object = {}) => ({
      traceId,
      spanId,
      name: "n",
      kind: 1,
      startTimeUnixNano: nanos(0, 123_456),
      endTimeUnixNano: nanos(5, 7),
      ...extra,
    });
    const ingested = async (attributes: object[], extra: object = {}) => {
      await store.ingestOtlpTraces(wrapped([one({ attributes, ...extra })]));
      return (await store.getSpan({ traceId, spanId }))?.span as unknown as Json;
    };
    beforeEach(async () => {
      store = await context.store<ObservabilityStorage>("observability");
    });

    test("what goes in comes out the same", async () => {
      await fc.assert(
        fc.asyncProperty(request, hex(32), async (resourceSpans, id) => {
          await store.dangerouslyClearAll();
          const seen = new Set<string>();
          for (const { scopeSpans } of resourceSpans) {
            for (const part of scopeSpans) {
              part.spans = part.spans
                .filter(({ spanId: own }) => !seen.has(own) && seen.add(own))
                .map((item) => ({ ...item, traceId: id }));
            }
          }
          const answer = await store.ingestOtlpTraces({ resourceSpans });
          expect(answer).toEqual({ acceptedSpans: seen.size, rejectedSpans: 0 });
          const exported = await store.exportOtlpTraces({ traceIds: [id], includeRunning: true });
          expect(flat(exported.resourceSpans)).toEqual(flat(resourceSpans));
        }),
        { numRuns: context.runs(12) },
      );
    });

    test("a span that cannot be taken is rejected alone, and a request sent again does no harm", async () => {
      const spans = [
        one(),
        one({ traceId: "0".repeat(32) }),
        one({ spanId: "xyz" }),
        one({ spanId: "b7ad6b7169203332", startTimeUnixNano: "0" }),
        one({
          spanId: "B7AD6B7169203333",
          startTimeUnixNano: Number(nanos(0)) > 2 ** 53 ? nanos(0) : 1,
          kind: "SPAN_KIND_SERVER",
          unknown: 1,
        }),
      ];
      const body = wrapped(spans);
      for (let time = 0; time < 2; time++) {
        expect(await store.ingestOtlpTraces(body)).toEqual({
          acceptedSpans: 2,
          rejectedSpans: 3,
          errorMessage: expect.stringContaining("traceId"),
        });
      }
      const trace = await store.getTrace({ traceId });
      expect(trace?.spans.map((found) => found.spanId).toSorted()).toEqual([spanId, "b7ad6b7169203333"]);
      expect(trace?.spans.find((found) => found.spanId !== spanId)?.otel?.kind).toBe(2);
      expect(await store.ingestOtlpTraces({})).toEqual({ acceptedSpans: 0, rejectedSpans: 0 });
      await expect(store.ingestOtlpTraces(new Uint8Array([10, 200]))).rejects.toMatchObject({
        code: "invalid_argument",
      });
      await expect(store.exportOtlpTraces({ traceIds: [""] })).rejects.toMatchObject({ code: "invalid_argument" });
      expect(await store.exportOtlpTraces({ traceIds: ["nothing"] })).toEqual({ resourceSpans: [] });
    });

    test("times keep their nanoseconds, statuses and exceptions become errors, resources give columns", async () => {
      const found = await ingested([attribute("user.id", "u"), attribute("session.id", "s"), attribute("other", 5)], {
        status: { code: 2 },
        events: [
          {
            timeUnixNano: nanos(1),
            name: "exception",
            attributes: [attribute("exception.message", "boom"), attribute("exception.type", "TypeError")],
          },
        ],
        links: [{ traceId, spanId, attributes: [attribute("k", "v")] }],
      });
      expect(found).toMatchObject({
        startedAt: at(0),
        endedAt: at(5),
        spanType: "generic",
        userId: "u",
        sessionId: "s",
        error: { message: "boom", name: "TypeError" },
        links: [{ traceId, spanId, attributes: { k: "v" } }],
        attributes: { other: 5 },
        scope: { name: "lib", version: "1" },
        otel: { startTimeUnixNano: nanos(0, 123_456), endTimeUnixNano: nanos(5, 7) },
      });
      const resource = [attribute("service.name", "shop"), attribute("deployment.environment", "prod")];
      await store.ingestOtlpTraces(
        wrapped([one({ status: { code: 1 }, events: [{ name: "exception", timeUnixNano: nanos(1) }] })], resource),
      );
      const again = (await store.getSpan({ traceId, spanId }))?.span;
      expect(again).toMatchObject({ serviceName: "shop", environment: "prod" });
    });

    test("the conventions of GenAI", async () => {
      const found = await ingested([
        attribute("gen_ai.operation.name", "chat"),
        attribute("gen_ai.system", "openai"),
        attribute("gen_ai.request.model", "gpt"),
        attribute("gen_ai.request.temperature", "0.5"),
        attribute("gen_ai.request.max_tokens", 100),
        attribute("gen_ai.usage.prompt_tokens", "12"),
        attribute("gen_ai.usage.output_tokens", 3),
        attribute("gen_ai.usage.cache_read.input_tokens", 4),
        attribute("gen_ai.response.finish_reasons", ["stop", "length"]),
        attribute("gen_ai.system_instructions", '[{"type":"text","content":"be kind"}]'),
        attribute("gen_ai.input.messages", '[{"role":"user","parts":[]}]'),
        attribute("gen_ai.output.messages", '[{"role":"assistant"}]'),
        attribute("gen_ai.conversation.id", "th"),
      ]);
      expect(found).toMatchObject({
        spanType: "model_generation",
        threadId: "th",
        attributes: {
          provider: "openai",
          model: "gpt",
          finishReason: "stop",
          parameters: { temperature: 0.5, maxOutputTokens: 100 },
          usage: { inputTokens: 12, outputTokens: 3, inputDetails: { cacheRead: 4 } },
          "gen_ai.operation.name": "chat",
        },
        input: {
          messages: [
            { role: "system", parts: [{ type: "text", content: "be kind" }] },
            { role: "user", parts: [] },
          ],
        },
        output: [{ role: "assistant" }],
      });
      expect(Object.keys(found.attributes as object)).not.toContain("gen_ai.system");
    });

    test("telemetry of the AI SDK; gen_ai wins over it", async () => {
      const found = await ingested([
        attribute("ai.operationId", "ai.generateText"),
        attribute("ai.model.id", "sdk"),
        attribute("gen_ai.request.model", "gen"),
        attribute("ai.settings.maxTokens", 9),
        attribute("ai.prompt.messages", '[{"role":"user","content":"hi"}]'),
        attribute("ai.prompt.tools", ['{"name":"t"}']),
        attribute("ai.response.text", "hello"),
        attribute("ai.response.toolCalls", "[1]"),
        attribute("ai.response.msToFirstChunk", 2),
        attribute("ai.usage.promptTokens", 7),
        attribute("ai.telemetry.functionId", "f"),
        attribute("ai.telemetry.metadata.threadId", "th"),
        attribute("ai.request.headers.authorization", "secret"),
      ]);
      expect(found).toMatchObject({
        spanType: "model_generation",
        entityName: "f",
        threadId: "th",
        metadata: { threadId: "th" },
        input: { messages: [{ role: "user", content: "hi" }] },
        output: { text: "hello", toolCalls: [1] },
        attributes: {
          model: "gen",
          tools: [{ name: "t" }],
          parameters: { maxOutputTokens: 9 },
          usage: { inputTokens: 7 },
          completionStartTime: at(2).toISOString(),
        },
      });
      expect(JSON.stringify(found.attributes)).not.toContain("secret");
    });

    test.each([-9e15, 9e15])("a first chunk at no time there is: %d ms", async (wait) => {
      const found = await ingested([attribute("ai.response.msToFirstChunk", wait)]);
      expect(found.attributes ?? {}).not.toHaveProperty("completionStartTime");
    });

    test("the names of OpenInference and Langfuse", async () => {
      const found = await ingested([
        attribute("openinference.span.kind", "LLM"),
        attribute("llm.model_name", "m"),
        attribute("llm.provider", "p"),
        attribute("llm.invocation_parameters", '{"temperature":0.5}'),
        attribute("llm.token_count.prompt", 7),
        attribute("llm.token_count.completion", 3),
        attribute("llm.token_count.prompt_details.cache_read", 2),
        attribute("llm.input_messages.1.message.role", "user"),
        attribute("llm.input_messages.1.message.content", "hi"),
        attribute("llm.input_messages.0.message.role", "system"),
        attribute("output.value", '{"text":"hello"}'),
        attribute("output.mime_type", "application/json"),
        attribute("session.id", "s"),
      ]);
      expect(found).toMatchObject({
        spanType: "model_generation",
        sessionId: "s",
        attributes: {
          model: "m",
          provider: "p",
          parameters: { temperature: 0.5 },
          usage: { inputTokens: 7, outputTokens: 3, inputDetails: { cacheRead: 2 } },
        },
        input: { messages: [{ role: "system" }, { role: "user", content: "hi" }] },
        output: { text: "hello" },
      });
    });

    test("what Langfuse calls owners, kinds and payloads; parameters that are none stay where they are", async () => {
      const found = await ingested([
        attribute("langfuse.observation.type", "generation"),
        attribute("langfuse.observation.model.name", "m"),
        attribute("langfuse.observation.model.parameters", "none"),
        attribute("langfuse.observation.input", "in"),
        attribute("langfuse.observation.output", "[1]"),
        attribute("langfuse.user.id", "u"),
        attribute("langfuse.session.id", "s"),
        attribute("ai.settings.temperature", 1),
        attribute("gen_ai.response.time_to_first_chunk", 3),
      ]);
      expect(found).toMatchObject({
        spanType: "model_generation",
        userId: "u",
        sessionId: "s",
        attributes: {
          model: "m",
          "langfuse.observation.model.parameters": "none",
          parameters: { temperature: 1 },
          completionStartTime: at(3000).toISOString(),
        },
        input: "in",
        output: [1],
      });
    });

    test.each([
      ["workflow_run", [attribute("mastra.span.type", "workflow_run")]],
      ["tool_call", [attribute("ai.operationId", "ai.toolCall")]],
      ["rag_embedding", [attribute("ai.operationId", "ai.embedMany.doEmbed")]],
      [
        "model_inference",
        [attribute("ai.operationId", "ai.streamText.doStream"), attribute("gen_ai.operation.name", "chat")],
      ],
      ["agent_run", [attribute("gen_ai.operation.name", "invoke_agent")]],
      ["mcp_tool_call", [attribute("gen_ai.operation.name", "execute_tool"), attribute("mcp.session.id", "s")]],
      ["tool_call", [attribute("gen_ai.operation.name", "execute_tool")]],
      ["generic", [attribute("gen_ai.operation.name", "create_agent")]],
      ["agent_run", [attribute("openinference.span.kind", "AGENT")]],
      ["tool_call", [attribute("langfuse.observation.type", "tool")]],
      ["generic", [attribute("openinference.span.kind", "CHAIN")]],
    ])("a span of type %s", async (spanType, attributes) => {
      expect((await ingested(attributes)).spanType).toBe(spanType);
    });

    test("spans that never came from OTLP are written by the conventions, and read back as what they were", async () => {
      const records: CreateSpanRecord[] = [
        root("t", {
          name: "agent",
          endedAt: at(50),
          entityId: "a1",
          entityName: "Agent",
          threadId: "th",
          userId: "u",
          serviceName: "shop",
          environment: "prod",
          metadata: { plan: "pro" },
          tags: ["x"],
          input: { question: 1 },
          output: "answer",
        }),
        child("t", "gen", {
          spanType: "model_generation",
          endedAt: at(40),
          attributes: {
            model: "gpt",
            provider: "openai",
            usage: { inputTokens: 5 },
            parameters: { temperature: 0.5 },
            custom: { a: 1 },
          },
          input: { messages: [{ role: "user", content: "q" }] },
          output: [{ role: "assistant" }],
          error: { message: "boom", name: "E" },
        }),
        child("t", "running"),
      ];
      await store.batchCreateSpans({ records });
      const exported = await store.exportOtlpTraces({ traceIds: ["t"] });
      const spans = [...flat(exported.resourceSpans).values()] as { span: Json; resource: Json }[];
      expect(spans.map(({ span: { spanId: own } }) => own)).toEqual(["root", "gen"]);
      const [agent, gen] = spans;
      expect(agent?.resource).toEqual({
        resource: { attributes: [attribute("service.name", "shop"), attribute("deployment.environment.name", "prod")] },
      });
      expect(agent?.span).toMatchObject({ kind: 1, status: { code: 1 }, startTimeUnixNano: nanos(0) });
      expect(gen?.span).toMatchObject({ kind: 3, status: { code: 2, message: "boom" }, parentSpanId: "root" });
      expect(gen?.span.attributes).toContainEqual(attribute("gen_ai.request.model", "gpt"));
      // The ids become those of OTLP; all else must survive the way there and back.
      const ids: Record<string, string> = { root: "00000000000000a1", gen: "00000000000000a2" };
      const text = JSON.stringify(exported).replaceAll('"traceId":"t"', `"traceId":"${traceId}"`);
      const moved = Object.entries(ids).reduce(
        (body, [id, own]) =>
          body.replaceAll(`SpanId":"${id}"`, `SpanId":"${own}"`).replaceAll(`"spanId":"${id}"`, `"spanId":"${own}"`),
        text,
      );
      await store.ingestOtlpTraces(JSON.parse(moved));
      for (const record of records.slice(0, 2)) {
        const {
          traceId: _t,
          spanId: own,
          parentSpanId: _p,
          startedAt: _s,
          endedAt: _e,
          error: _error,
          ...rest
        } = record;
        const back = (await store.getSpan({ traceId, spanId: ids[own] as string }))?.span;
        expect(back).toMatchObject(rest);
        expect(back).toMatchObject({ startedAt: record.startedAt, endedAt: record.endedAt });
      }
    });
  });
}
