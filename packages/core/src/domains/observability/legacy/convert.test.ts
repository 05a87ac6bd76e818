import fc from "fast-check";
import { expect, test } from "vitest";
import { legacyTraceToSpan, spanToLegacyTrace } from "./convert.ts";
import type { LegacyTrace } from "./types.ts";

const row: LegacyTrace = {
  id: "s",
  parentSpanId: null,
  name: "agent.generate",
  traceId: "t",
  scope: "default-tracer",
  kind: 2,
  attributes: null,
  status: null,
  events: null,
  links: null,
  other: null,
  startTime: 1_700_000_000_123_456_789n,
  endTime: 1_700_000_001_000_000_000n,
  createdAt: new Date(0),
};

/** Zero below zero is not kept: JSON, which held the row, has none. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const rows: fc.Arbitrary<LegacyTrace> = fc.record({
  id: fc.string({ minLength: 1 }),
  parentSpanId: fc.option(fc.string({ minLength: 1 })),
  name: fc.string(),
  traceId: fc.string({ minLength: 1 }),
  scope: fc.string(),
  kind: fc.integer({ min: -2, max: 9 }),
  attributes: json,
  status: fc.oneof(json, fc.record({ code: fc.integer({ min: 0, max: 4 }), message: fc.string() })),
  events: json,
  links: json,
  other: fc.option(fc.string()),
  startTime: fc.bigInt({ min: 0n, max: 8n * 10n ** 15n }),
  endTime: fc.bigInt({ min: 0n, max: 8n * 10n ** 15n }),
  createdAt: fc.date({ noInvalidDate: true }),
});
const options = fc.oneof(
  fc.constant("mastra-0.x" as const),
  fc.record({
    numbering: fc.constantFrom("documented", "otlp", "otel-api"),
    timeUnit: fc.constantFrom("auto", "ns", "us", "ms"),
  }),
);

test("a row comes back from its span, whatever is in it", () => {
  fc.assert(
    fc.property(rows, options, (given, how) => {
      const span = legacyTraceToSpan(given, how);
      const stored = { ...span, otel: JSON.parse(JSON.stringify(span.otel)) };
      expect(spanToLegacyTrace(stored, how)).toEqual(given);
    }),
  );
});

test.each([
  ["documented", [1, 3, 2, 4, 5], [0, 2, 1]],
  ["otlp", [0, 1, 2, 3, 4], [0, 1, 2]],
  ["otel-api", [1, 2, 3, 4, 5], [0, 1, 2]],
] as const)("kinds and statuses by the numbering %s", (numbering, kinds, statuses) => {
  const of = (extra: Partial<LegacyTrace>) => legacyTraceToSpan({ ...row, ...extra }, { numbering }).otel;
  expect([0, 1, 2, 3, 4].map((kind) => of({ kind }).kind)).toEqual(kinds);
  expect([0, 1, 2].map((code) => of({ status: { code } }).status?.code)).toEqual(statuses);
});

test("a status of an error is the error of the span, by the numbering", () => {
  const failed = { ...row, status: { code: 1, message: "no" } };
  expect(legacyTraceToSpan(failed).error).toEqual({ message: "no" });
  expect(legacyTraceToSpan(failed, "mastra-0.x").error).toBeNull();
});

test("the unit of a time goes by its size", () => {
  const time = (startTime: bigint, timeUnit?: "us") =>
    legacyTraceToSpan({ ...row, startTime, endTime: startTime }, { ...(timeUnit && { timeUnit }) }).otel
      .startTimeUnixNano;
  expect(time(1_700_000_000_000_000_001n)).toBe("1700000000000000001");
  expect(time(1_700_000_000_000_001n)).toBe("1700000000000001000");
  expect(time(1_700_000_000_001n)).toBe("1700000000001000000");
  expect(time(1_700_000_000_001n, "us")).toBe("1700000000001000");
  expect(() => legacyTraceToSpan({ ...row, startTime: 10n ** 22n })).toThrow("startTime is no time in this unit");
});

test("telemetry of the AI SDK goes where the conventions put it", () => {
  const attributes = {
    "ai.operationId": "ai.streamText.doStream",
    "ai.model.id": "m",
    "ai.usage.promptTokens": 12,
    "ai.response.text": "hi",
  };
  const span = legacyTraceToSpan({ ...row, attributes, events: [{ name: "e", time: [1, 5], attributes: { a: 1 } }] });
  expect(span).toMatchObject({
    spanType: "model_inference",
    attributes: { model: "m", usage: { inputTokens: 12 } },
    output: { text: "hi" },
    startedAt: 1_700_000_000_123,
  });
  expect(span.otel.events).toEqual([
    { timeUnixNano: "1000000005", name: "e", attributes: [{ key: "a", value: { intValue: "1" } }] },
  ]);
});
