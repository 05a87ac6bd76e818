import { Data, type Json, type Span } from "../data.ts";

export interface Metric {
  name: string;
  value: number;
  timestamp: Date;
  model: string;
  provider: string;
  traceId: string;
  spanId: string;
  environment: string;
}

/** A model with the latency that its calls have in the middle, in milliseconds. */
const models = [
  { model: "gpt-5", provider: "openai", latency: 2400 },
  { model: "gpt-5-mini", provider: "openai", latency: 700 },
  { model: "claude-sonnet-4-5", provider: "anthropic", latency: 1900 },
] as const;
export const modelNames = models.map(({ model }) => model);
export const durationMetric = "mastra_model_duration_ms";

const agents = ["support", "billing", "research", "triage", "writer", "planner", "scheduler", "analyst"];
const tools = ["lookupOrder", "searchKnowledge", "refund", "sendEmail", "queryDatabase", "fetchPage"];
const environments = ["production", "production", "production", "staging", "development"];

export const firstDay = Date.UTC(2026, 5, 1);
export const days = 30;

export interface GeneratorOptions {
  readonly seed?: number;
  /** Spans in all, to spread traces over the time. */
  readonly spans: number;
  /** How long it takes, in milliseconds. Default: 30 days. */
  readonly time?: number;
  /** Spans of one trace in the middle of the time, as of an agent that ran away; 0 for none. */
  readonly longTrace?: number;
}

/** The id of the long trace. */
export const longTraceId = "f".repeat(32);

/**
 * Traces of agents, in the order of their start, spread over some time: an agent run with one to some dozen steps, each a
 * model call whose input is the conversation's newest part, and tools that it calls, some of which fail. Most traces are
 * short and a few are long; about 16 spans on average, 1 KB each.
 */
export class TraceGenerator {
  private readonly data: Data;
  private readonly texts: string[];
  private readonly gap: number;
  private readonly longTrace: number;
  private made = 0;
  private at = firstDay;
  private readonly spans: number;
  private hasLong = false;

  constructor({ seed = 11, spans, time = days * 86_400_000, longTrace = 0 }: GeneratorOptions) {
    this.data = new Data(seed);
    this.texts = Array.from({ length: 500 }, () => this.data.text(this.data.int(120, 700)));
    this.gap = time / (spans / meanSpans);
    this.longTrace = longTrace;
    this.spans = spans;
  }

  /** The spans of whole traces, at least so many. */
  batch(size: number): Span[] {
    const spans: Span[] = [];
    while (spans.length < size) {
      const isLong = this.longTrace > 0 && !this.hasLong && this.made >= this.spans / 20;
      if (isLong) this.hasLong = true;
      const trace = isLong ? this.trace(longTraceId, this.longTrace) : this.trace(this.data.hex(32), this.size());
      spans.push(...trace);
      this.made += trace.length;
    }
    return spans;
  }

  /** What a run of the agent is measured by: a metric for each model call. */
  static metrics(spans: readonly Span[]): Metric[] {
    return spans.flatMap((span) => {
      if (span.spanType !== "model_generation") return [];
      const { model, provider } = span.attributes as { model: string; provider: string };
      return [
        {
          name: durationMetric,
          value: (span.endedAt as Date).getTime() - span.startedAt.getTime(),
          timestamp: span.endedAt as Date,
          model,
          provider,
          traceId: span.traceId,
          spanId: span.spanId,
          environment: span.environment as string,
        },
      ];
    });
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.data.int(0, list.length - 1)] as T;
  }

  /** Spans of a trace: many small ones, few large ones. */
  private size(): number {
    return Math.min(120, 3 + Math.floor(-Math.log(1 - this.data.random()) * (meanSpans - 3)));
  }

  private trace(traceId: string, size: number): Span[] {
    const { data } = this;
    this.at += this.gap * 2 * data.random();
    const start = Math.floor(this.at);
    const agent = this.pick(agents);
    const user = data.int(1, 2000);
    const { model, provider, latency } = this.pick(models);
    const environment = this.pick(environments);
    const context = {
      rootEntityType: "agent",
      rootEntityId: agent,
      rootEntityName: agent,
      userId: `user-${user}`,
      organizationId: `org-${user % 40}`,
      resourceId: `user-${user}`,
      threadId: `thread-${user}-${data.int(1, 20)}`,
      sessionId: `session-${user}-${data.int(1, 200)}`,
      runId: data.uuid(),
      requestId: data.uuid(),
      environment,
      serviceName: "support-desk",
      source: "cloud",
    };
    const rootId = data.hex(16);
    const hasFailed = data.random() < 0.03;
    const spans: Span[] = [];
    let at = start + 5;
    let stepId = rootId;
    let question = this.pick(this.texts);
    for (let index = 1; index < size; index++) {
      const isModel = index % 3 === 1;
      const takes = isModel
        ? Math.max(80, Math.round(latency * (0.4 - Math.log(1 - data.random()) * 0.6)))
        : data.int(2, 400);
      const spanId = data.hex(16);
      const tool = this.pick(tools);
      const answer = this.pick(this.texts);
      const error = hasFailed && index === size - 1 ? { message: "the tool did not answer", id: "TOOL_TIMEOUT" } : null;
      spans.push({
        ...context,
        traceId,
        spanId,
        parentSpanId: isModel ? rootId : stepId,
        name: isModel ? `llm: '${model}'` : `tool: '${tool}'`,
        spanType: isModel ? "model_generation" : "tool_call",
        isEvent: false,
        startedAt: new Date(at),
        endedAt: new Date(at + takes),
        entityType: isModel ? "agent" : "tool",
        entityId: isModel ? agent : tool,
        entityName: isModel ? agent : tool,
        parentEntityType: "agent",
        parentEntityId: agent,
        parentEntityName: agent,
        attributes: isModel
          ? {
              model,
              provider,
              usage: { inputTokens: data.int(200, 9000), outputTokens: data.int(20, 900) },
              parameters: { temperature: 0.2, maxOutputTokens: 2048 },
              streaming: true,
            }
          : { toolType: "function", success: error === null },
        metadata: { region: "eu-west-1", attempt: 1, step: index },
        input: isModel ? { messages: [{ role: "user", content: question }] } : { orderId: data.hex(8), question },
        output: error
          ? null
          : isModel
            ? { text: answer, toolCalls: [{ toolName: tool, args: { orderId: data.hex(8) } }] }
            : this.result(answer),
        error,
      });
      if (isModel) stepId = spanId;
      question = answer;
      at += takes + data.int(1, 20);
    }
    const root: Span = {
      ...context,
      traceId,
      spanId: rootId,
      parentSpanId: null,
      name: `agent run: '${agent}'`,
      spanType: "agent_run",
      isEvent: false,
      startedAt: new Date(start),
      endedAt: new Date(at),
      entityType: "agent",
      entityId: agent,
      entityName: agent,
      attributes: { maxSteps: 12, instructions: this.pick(this.texts) },
      metadata: { region: "eu-west-1", customer: `tier-${user % 3}` },
      tags: [agent, environment],
      input: [{ role: "user", content: this.pick(this.texts) }],
      output: { text: question },
      // Half of the agents whose tool failed could not go on.
      error: hasFailed && data.random() < 0.5 ? { message: "the agent gave up", id: "AGENT_FAILED" } : null,
    };
    return [root, ...spans];
  }

  private result(text: string): Json {
    return {
      status: "found",
      total: this.data.int(1, 40),
      items: [{ sku: this.data.hex(10), title: text.slice(0, 80), text }],
    };
  }
}

/** Spans of a trace on average. */
const meanSpans = 16;
