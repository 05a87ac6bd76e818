import type { OtelEnvelope, OtlpKeyValue, SpanRecord } from "../types.ts";
import { jsonText, toAnyValue } from "./any-value.ts";
import { genAiRules } from "./conventions.ts";

/** A span as OTLP/JSON has it, with the resource and the scope that it belongs under. */
export interface ExportedSpan {
  readonly span: Record<string, unknown>;
  readonly scope: OtelEnvelope["scope"];
  readonly resource: OtelEnvelope["resource"];
}

const client = 3;
const server = 2;
const internal = 1;
const clientTypes: ReadonlySet<string> = new Set([
  "model_generation",
  "model_inference",
  "mcp_tool_call",
  "rag_embedding",
]);

/** What came from OTLP goes back as it came; any other span is written by the conventions. */
export function toOtlp(record: SpanRecord): ExportedSpan {
  const { scope, resource, legacy: _legacy, ...envelope } = record.otel ?? envelopeOf(record);
  const { kind, status, startTimeUnixNano, endTimeUnixNano, attributes, events, links, ...rest } = envelope;
  const span = {
    traceId: record.traceId,
    spanId: record.spanId,
    ...(record.parentSpanId !== null && { parentSpanId: record.parentSpanId }),
    name: record.name,
    kind,
    startTimeUnixNano,
    ...(endTimeUnixNano !== null && { endTimeUnixNano }),
    ...(attributes?.length && { attributes }),
    ...(events?.length && { events }),
    ...(links?.length && { links }),
    ...(status && { status }),
    ...rest,
  };
  return { span, scope, resource };
}

/** The spans under their resources and scopes, each of which stands once, in the order of their first spans. */
export function grouped(spans: readonly ExportedSpan[]): { resourceSpans: unknown[] } {
  const resources = Map.groupBy(spans, ({ resource }) => JSON.stringify(resource));
  return {
    resourceSpans: [...resources.values()].map((ofResource) => {
      const { schemaUrl, ...resource } = ofResource[0]?.resource ?? { attributes: [] };
      const scopes = Map.groupBy(ofResource, ({ scope }) => JSON.stringify(scope));
      return {
        resource,
        scopeSpans: [...scopes.values()].map((ofScope) => {
          const { schemaUrl: scopeUrl, ...scope } = ofScope[0]?.scope ?? { name: "" };
          return {
            scope,
            spans: ofScope.map(({ span }) => span),
            ...(scopeUrl !== undefined && { schemaUrl: scopeUrl }),
          };
        }),
        ...(schemaUrl !== undefined && { schemaUrl }),
      };
    }),
  };
}

/** The envelope of a span that never had one. */
export function envelopeOf(record: SpanRecord): OtelEnvelope {
  const { spanType, startedAt, endedAt, error, serviceName, environment } = record;
  const hasError = error !== null && error !== undefined;
  const message = (error as { message?: unknown } | null)?.message;
  return {
    kind: clientTypes.has(spanType) ? client : spanType === "mcp_server_request" ? server : internal,
    status: hasError
      ? { code: 2, ...(typeof message === "string" && { message }) }
      : { code: endedAt === null ? 0 : 1 },
    startTimeUnixNano: nanos(startedAt),
    endTimeUnixNano: endedAt === null ? null : nanos(endedAt),
    attributes: attributesOf(record),
    events: hasError ? [exceptionOf(error, endedAt ?? startedAt)] : [],
    links: [],
    scope: { name: "stowage" },
    resource: {
      attributes: [
        ...(serviceName === null ? [] : [{ key: "service.name", value: toAnyValue(serviceName) }]),
        ...(environment === null ? [] : [{ key: "deployment.environment.name", value: toAnyValue(environment) }]),
      ],
    },
  };
}

const nanos = (date: Date) => (BigInt(date.getTime()) * 1_000_000n).toString();

function exceptionOf(error: unknown, at: Date): OtelEnvelope["events"][number] {
  const { message, name, stack } = (typeof error === "object" && error !== null ? error : { message: error }) as Record<
    string,
    unknown
  >;
  const members = { "exception.type": name, "exception.message": message, "exception.stacktrace": stack };
  return {
    timeUnixNano: nanos(at),
    name: "exception",
    attributes: Object.entries(members)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => ({ key, value: toAnyValue(typeof value === "string" ? value : String(value)) })),
  };
}

/** Payloads under the names of the conventions, by type of span; others have names of their own. */
const payloadNames: Readonly<Record<string, readonly [input: string, output: string]>> = {
  model_generation: ["gen_ai.input.messages", "gen_ai.output.messages"],
  model_inference: ["gen_ai.input.messages", "gen_ai.output.messages"],
  tool_call: ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result"],
  mcp_tool_call: ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result"],
};

function attributesOf(record: SpanRecord): OtlpKeyValue[] {
  const { spanType, attributes, metadata, tags, input, output, threadId, userId, sessionId } = record;
  const found: OtlpKeyValue[] = [{ key: "mastra.span.type", value: toAnyValue(spanType) }];
  const add = (key: string, value: unknown) => {
    if (value !== undefined && value !== null) found.push({ key, value: toAnyValue(value) });
  };
  const left = structuredClone(attributes ?? {});
  for (const { names, path, read } of genAiRules) {
    const value = takeAt(left, path);
    const [name] = names;
    if (value === undefined || value === null || name === undefined) continue;
    if (read === "json") found.push({ key: name, value: jsonText(value) });
    else add(name, read === "first" ? [value] : value);
  }
  for (const [key, value] of Object.entries(left)) if (!isEmptyObject(value)) add(key, value);
  const isTool = spanType === "tool_call" || spanType === "mcp_tool_call";
  add("gen_ai.tool.name", isTool ? (record.entityName ?? record.entityId) : undefined);
  add("gen_ai.agent.id", spanType === "agent_run" ? record.entityId : undefined);
  add("gen_ai.agent.name", spanType === "agent_run" ? record.entityName : undefined);
  add("gen_ai.conversation.id", threadId);
  add("user.id", userId);
  add("session.id", sessionId);
  for (const [key, value] of Object.entries(metadata ?? {})) add(`mastra.metadata.${key}`, value);
  if (tags !== null) found.push({ key: "mastra.tags", value: jsonText(tags) });
  const [inputName, outputName] = payloadNames[spanType] ?? [`mastra.${spanType}.input`, `mastra.${spanType}.output`];
  const messages = (input as { messages?: unknown } | null)?.messages;
  const given = inputName === "gen_ai.input.messages" && Array.isArray(messages) ? messages : input;
  if (given !== null && given !== undefined) found.push({ key: inputName, value: jsonText(given) });
  if (output !== null && output !== undefined) found.push({ key: outputName, value: jsonText(output) });
  return found;
}

/** Takes a nested member out. */
function takeAt(object: Record<string, unknown>, [head = "", ...rest]: readonly string[]): unknown {
  const value = Object.hasOwn(object, head) ? object[head] : undefined;
  if (rest.length > 0) {
    return typeof value === "object" && value !== null ? takeAt(value as Record<string, unknown>, rest) : undefined;
  }
  delete object[head];
  return value;
}

const isEmptyObject = (value: unknown) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
