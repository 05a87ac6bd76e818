import { readInstant } from "../../shared/values.ts";
import type { CreateSpanRecord } from "../types.ts";
import { plainObject } from "./any-value.ts";
import { aiSdkRules, genAiRules, openInferenceRules, parsed, type Rule, readByRule } from "./conventions.ts";
import type { OtlpSpan } from "./read-spans.ts";
import { entityTypeOf, spanTypeOf } from "./span-type.ts";

type Members = Record<string, unknown>;

const errorStatus = 2;
const columnsOfMetadata = ["userId", "sessionId", "threadId", "resourceId", "runId", "organizationId", "environment"];

/**
 * A span of OTLP as a record. What the conventions know goes to its place, everything else stays under its own key in
 * `attributes`, and the envelope keeps it all as it came: nothing is lost by a rule that does not fit.
 */
export function toRecord({ traceId, spanId, parentSpanId, name, envelope }: OtlpSpan): CreateSpanRecord {
  const taken = new Taken(plainObject(envelope.attributes));
  const spanType = spanTypeOf(taken.all, envelope.kind);
  const resource = plainObject(envelope.resource.attributes);
  const record: Members = {
    traceId,
    spanId,
    parentSpanId,
    name,
    spanType,
    isEvent: false,
    startedAt: milliseconds(envelope.startTimeUnixNano),
    endedAt: envelope.endTimeUnixNano === null ? null : milliseconds(envelope.endTimeUnixNano),
    otel: envelope,
    serviceName: resource["service.name"],
    environment: resource["deployment.environment.name"] ?? resource["deployment.environment"],
    scope: scopeOf(envelope.scope, resource["service.version"]),
    error: envelope.status?.code === errorStatus ? errorOf(envelope, taken.all) : null,
    links: envelope.links.length > 0 ? envelope.links.map(linkOf) : null,
    userId: taken.take("user.id", "enduser.id", "langfuse.user.id"),
    sessionId: taken.take("session.id", "langfuse.session.id"),
    entityType: entityTypeOf(spanType),
  };
  taken.take("mastra.span.type", "openinference.span.kind", "langfuse.observation.type");
  const attributes: Members = {};
  // The one that is read first wins: gen_ai over ai over the others.
  for (const rules of [genAiRules, aiSdkRules, openInferenceRules])
    for (const rule of rules) applyRule(rule, taken, attributes);
  applySettings(taken, attributes);
  applyEntity(taken, record);
  applyPayloads(taken, record, spanType);
  const conversation = taken.take("gen_ai.conversation.id");
  record.threadId ??= conversation;
  if (spanType === "agent_run" && conversation !== undefined) attributes.conversationId = conversation;
  const first = taken.take("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk");
  const firstSeconds = taken.take("gen_ai.response.time_to_first_chunk");
  const wait = typeof firstSeconds === "number" ? firstSeconds * 1000 : first;
  // A wait that leads past the last date there is says nothing; the envelope keeps it.
  const began = typeof wait === "number" ? readInstant((record.startedAt as number) + wait) : undefined;
  if (began) attributes.completionStartTime = began.toISOString();
  applyMetadata(taken, record);
  const rest = taken.rest((key) => !key.startsWith("ai.request.headers."));
  const all = { ...rest, ...attributes };
  record.attributes = Object.keys(all).length > 0 ? all : null;
  return record as unknown as CreateSpanRecord;
}

/** Attributes, and which of them a rule has placed. */
class Taken {
  readonly all: Members;
  private readonly placed = new Set<string>();

  constructor(all: Members) {
    this.all = all;
  }

  /** The value under the first name that is there; all the names count as placed. */
  take(...names: readonly string[]): unknown {
    let value: unknown;
    for (const name of names) {
      if (!Object.hasOwn(this.all, name)) continue;
      this.placed.add(name);
      value ??= this.all[name];
    }
    return value;
  }

  startingWith(prefix: string): string[] {
    return Object.keys(this.all).filter((key) => key.startsWith(prefix) && key.length > prefix.length);
  }

  rest(isKept: (key: string) => boolean): Members {
    return Object.fromEntries(Object.entries(this.all).filter(([key]) => !this.placed.has(key) && isKept(key)));
  }
}

function applyRule(rule: Rule, taken: Taken, attributes: Members): void {
  const [name] = rule.names.filter((one) => Object.hasOwn(taken.all, one));
  const value = name === undefined ? undefined : readByRule(rule, taken.all[name]);
  // What the target cannot hold stays under its own key.
  if (value === undefined) return;
  taken.take(...rule.names);
  place(attributes, rule.path, value);
}

/** Sets a nested member unless it is there already. */
function place(target: Members, path: readonly string[], value: unknown): void {
  const [head = "", ...rest] = path;
  if (rest.length === 0) target[head] ??= value;
  else place((target[head] ??= {}) as Members, rest, value);
}

function applySettings(taken: Taken, attributes: Members): void {
  const prefix = "ai.settings.";
  for (const key of taken.startingWith(prefix)) {
    const name = key.slice(prefix.length);
    place(attributes, ["parameters", name === "maxTokens" ? "maxOutputTokens" : name], taken.take(key));
  }
}

function applyEntity(taken: Taken, record: Members): void {
  const tool = taken.take("gen_ai.tool.name", "ai.toolCall.name", "tool.name");
  const agentId = taken.take("gen_ai.agent.id");
  const agentName = taken.take("gen_ai.agent.name", "agent.name");
  const functionId = taken.take("ai.telemetry.functionId", "resource.name");
  record.entityId = tool ?? agentId;
  record.entityName = tool ?? agentName ?? functionId;
}

function applyPayloads(taken: Taken, record: Members, spanType: string): void {
  const system = parsed(taken.take("gen_ai.system_instructions"));
  const messages = parsed(taken.take("gen_ai.input.messages"));
  const prompt = parsed(taken.take("gen_ai.prompt"));
  const sdkPrompt = parsed(taken.take("ai.prompt.messages", "ai.prompt"));
  if (messages !== undefined || system !== undefined) {
    record.input = { messages: [...systemMessages(system), ...(Array.isArray(messages) ? messages : [])] };
  }
  const asked = prompt ?? sdkPrompt;
  record.input ??= Array.isArray(asked) ? { messages: asked } : asked;
  const schema = {
    schema: parsed(taken.take("ai.schema")),
    name: taken.take("ai.schema.name"),
    description: taken.take("ai.schema.description"),
  };
  if (schema.schema !== undefined && typeof record.input === "object" && record.input !== null) {
    record.input = { ...record.input, schema };
  }
  record.input ??= parsed(taken.take("gen_ai.tool.call.arguments", "ai.toolCall.args"));
  record.input ??= taken.take("gen_ai.retrieval.query.text");
  record.input ??= parsed(taken.take("ai.value")) ?? list(taken.take("ai.values"));
  record.input ??= parsed(taken.take(`mastra.${spanType}.input`));
  record.input ??= flatMessages(taken, "llm.input_messages.");
  record.input ??= parsed(taken.take("langfuse.observation.input")) ?? valueAt(taken, "input");

  record.output = parsed(taken.take("gen_ai.output.messages", "gen_ai.completion"));
  record.output ??= responseOf(taken);
  record.output ??= parsed(taken.take("gen_ai.tool.call.result", "ai.toolCall.result"));
  record.output ??= parsed(taken.take("gen_ai.retrieval.documents"));
  record.output ??= embeddingsOf(taken);
  record.output ??= parsed(taken.take(`mastra.${spanType}.output`));
  record.output ??= flatMessages(taken, "llm.output_messages.");
  record.output ??= parsed(taken.take("langfuse.observation.output")) ?? valueAt(taken, "output");
}

/** `input.value` of OpenInference, which says of itself whether it is JSON. */
function valueAt(taken: Taken, side: "input" | "output"): unknown {
  const value = taken.take(`${side}.value`);
  if (value === undefined) return undefined;
  const type = taken.take(`${side}.mime_type`);
  return type === "application/json" ? parsed(value) : value;
}

/** Messages of OpenInference, each member of which is an attribute of its own: `llm.input_messages.0.message.role`. */
function flatMessages(taken: Taken, prefix: string): Members | undefined {
  const messages: Members[] = [];
  for (const key of taken.startingWith(prefix)) {
    const [, index, name] = /^(\d{1,4})\.message\.(.+)$/.exec(key.slice(prefix.length)) ?? [];
    if (name === undefined || name === "__proto__") continue;
    (messages[Number(index)] ??= {})[name] = taken.take(key);
  }
  const found = messages.filter((message) => message !== undefined);
  return found.length > 0 ? { messages: found } : undefined;
}

function systemMessages(system: unknown): unknown[] {
  if (system === undefined) return [];
  return [typeof system === "string" ? { role: "system", content: system } : { role: "system", parts: system }];
}

function responseOf(taken: Taken): Members | undefined {
  const output: Members = {};
  const members = { text: "text", object: "object", toolCalls: "toolCalls", reasoning: "reasoningText" };
  for (const [name, member] of Object.entries(members)) {
    const value = taken.take(`ai.response.${name}`, `ai.result.${name}`);
    if (value !== undefined) output[member] = name === "text" || name === "reasoning" ? value : parsed(value);
  }
  return Object.keys(output).length > 0 ? output : undefined;
}

/** Vectors stay in the envelope. */
function embeddingsOf(taken: Taken): Members | undefined {
  const one = taken.take("ai.embedding");
  const many = taken.take("ai.embeddings");
  const vectors = Array.isArray(many) ? many.map(parsed) : one === undefined ? undefined : [parsed(one)];
  if (!vectors) return undefined;
  const [first] = vectors;
  return { count: vectors.length, dimensions: Array.isArray(first) ? first.length : 0 };
}

const list = (value: unknown) => (Array.isArray(value) ? value.map(parsed) : value);

function applyMetadata(taken: Taken, record: Members): void {
  const metadata: Members = {};
  for (const prefix of ["mastra.metadata.", "ai.telemetry.metadata."]) {
    for (const key of taken.startingWith(prefix)) metadata[key.slice(prefix.length)] = taken.take(key);
  }
  record.metadata = Object.keys(metadata).length > 0 ? metadata : null;
  for (const column of columnsOfMetadata) if (typeof metadata[column] === "string") record[column] ??= metadata[column];
  const tags = parsed(taken.take("mastra.tags"));
  record.tags = Array.isArray(tags) ? tags : null;
}

const milliseconds = (nanos: string) => Number(BigInt(nanos) / 1_000_000n);

function scopeOf({ name, version }: OtlpSpan["envelope"]["scope"], serviceVersion: unknown): Members | null {
  const scope = {
    ...(name !== "" && { name }),
    ...(version !== undefined && { version }),
    ...(serviceVersion !== undefined && { serviceVersion }),
  };
  return Object.keys(scope).length > 0 ? scope : null;
}

function errorOf({ status, events }: OtlpSpan["envelope"], attributes: Members): Members {
  const exception = plainObject(events.find(({ name }) => name === "exception")?.attributes ?? []);
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  const name = text(exception["exception.type"]);
  const stack = text(exception["exception.stacktrace"]);
  const id = text(attributes["error.type"]);
  return {
    message: status?.message || text(exception["exception.message"]) || text(attributes["error.message"]) || "ERROR",
    ...(name !== undefined && { name }),
    ...(stack !== undefined && { stack }),
    ...(id !== undefined && { id }),
  };
}

const linkOf = ({ traceId, spanId, attributes }: OtlpSpan["envelope"]["links"][number]) => ({
  traceId,
  spanId,
  attributes: plainObject(attributes),
});
