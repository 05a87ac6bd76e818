/** Seeded data of realistic sizes: the same seed gives the same values on every machine and for every variant. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Thread {
  id: string;
  resourceId: string;
  title: string;
  metadata: Record<string, unknown>;
  createdAt: Date;
  updatedAt: Date;
}

export interface Message {
  id: string;
  threadId: string;
  resourceId: string;
  role: "user" | "assistant";
  type?: string;
  content: { format: 2; parts: JsonObject[]; content?: string };
  createdAt: Date;
}

export interface StepResult {
  status: string;
  payload: Json;
  output: Json;
  startedAt: number;
  endedAt: number;
}

export interface Snapshot {
  runId: string;
  status: string;
  value: JsonObject;
  context: Record<string, StepResult | Json>;
  serializedStepGraph: Json[];
  activePaths: number[];
  activeStepsPath: Record<string, number[]>;
  suspendedPaths: Record<string, number[]>;
  waitingPaths: Record<string, number[]>;
  resumeLabels: JsonObject;
  requestContext: JsonObject;
  timestamp: number;
}

/** The text columns of a span that say where it belongs. */
export const spanContext = [
  "entityType",
  "entityId",
  "entityName",
  "parentEntityType",
  "parentEntityId",
  "parentEntityName",
  "rootEntityType",
  "rootEntityId",
  "rootEntityName",
  "userId",
  "organizationId",
  "resourceId",
  "runId",
  "sessionId",
  "threadId",
  "requestId",
  "environment",
  "serviceName",
  "source",
  "experimentId",
] as const;

export const spanJson = [
  "scope",
  "attributes",
  "metadata",
  "tags",
  "links",
  "input",
  "output",
  "error",
  "requestContext",
] as const;

export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  spanType: string;
  isEvent: boolean;
  startedAt: Date;
  endedAt: Date | null;
} & { [K in (typeof spanContext)[number]]?: string | null } & { [K in (typeof spanJson)[number]]?: unknown };

export interface Score {
  id?: string;
  scorerId: string;
  entityId: string;
  entityType: string;
  runId: string;
  input: Json;
  output: Json;
  score: number;
  reason: string;
  scorer: JsonObject;
  entity: JsonObject;
  source: "LIVE" | "TEST";
  metadata: JsonObject;
  additionalContext: JsonObject;
  requestContext: JsonObject;
  extractStepResult: JsonObject;
  analyzeStepResult: JsonObject;
  analyzePrompt: string;
  traceId: string;
  spanId: string;
  resourceId: string;
  threadId: string;
}

const words =
  `the of to and a in is order refund customer ticket shipped invoice account please could you check whether our
policy allows this return because item arrived damaged yesterday morning I would like a replacement or my money back
thank delivery tracking number shows that parcel left warehouse on Monday but never reached address we have looked into
it carrier confirmed delay should arrive within two working days otherwise a full credit will be issued to card used
for purchase price quantity stock size colour change subscription plan monthly yearly upgrade downgrade password reset
email login error page browser screenshot attached reproduce steps version update "quoted" naïve café`.split(/\s+/);

const start = Date.UTC(2026, 0, 5, 9);

export class Data {
  #state: number;
  #time: number;

  /** Times begin on day `day`, so that what a trial writes is newer than what its store was filled with. */
  constructor(seed = 1, day = 0) {
    this.#state = seed >>> 0;
    this.#time = start + day * 86_400_000;
  }

  /** mulberry32: from 0 up to 1. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** From `low` up to `high`, inclusive. */
  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  hex(length: number): string {
    let text = "";
    while (text.length < length) {
      text += Math.floor(this.random() * 4294967296)
        .toString(16)
        .padStart(8, "0");
    }
    return text.slice(0, length);
  }

  uuid(): string {
    const hex = this.hex(32);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** About `size` characters of text. */
  text(size: number): string {
    let text = "";
    while (text.length < size) text += `${words[this.int(0, words.length - 1)]} `;
    return text.slice(0, size);
  }

  /** An instant a little later than the one before. */
  time(): number {
    this.#time += this.int(1, 40);
    return this.#time;
  }

  thread(id = this.uuid()): Thread {
    const at = new Date(this.time());
    return {
      id,
      resourceId: `user-${this.int(1, 50)}`,
      title: this.text(40),
      metadata: {
        channel: "web",
        topic: this.text(30),
        workingMemory: this.text(400),
        mastra: { om: { currentTask: this.text(80), lastObservedAt: at.toISOString() } },
      },
      createdAt: at,
      updatedAt: at,
    };
  }

  /** 1 to 4 KB: a user's text, or an assistant's text with a tool call. */
  message(thread: Pick<Thread, "id" | "resourceId">, scale = 1): Message {
    const user = this.random() < 0.5;
    const text = this.text(Math.round(this.int(600, 1500) * scale));
    const parts: JsonObject[] = user
      ? [{ type: "text", text }]
      : [
          { type: "step-start", model: "openai/gpt-5" },
          {
            type: "tool-invocation",
            toolInvocation: {
              state: "result",
              toolCallId: `call_${this.hex(24)}`,
              toolName: "lookupOrder",
              args: { orderId: this.hex(8), includeItems: true },
              result: this.#order(Math.round(this.int(1, 8) * scale)),
            },
          },
          { type: "text", text },
        ];
    return {
      id: this.uuid(),
      threadId: thread.id,
      resourceId: thread.resourceId,
      role: user ? "user" : "assistant",
      content: { format: 2, parts, content: text },
      createdAt: new Date(this.time()),
    };
  }

  messages(thread: Pick<Thread, "id" | "resourceId">, count: number, scale = 1): Message[] {
    return Array.from({ length: count }, () => this.message(thread, scale));
  }

  /** About 2 KB. */
  step(): StepResult {
    const startedAt = this.time();
    return {
      status: "success",
      payload: { ticketId: this.hex(8), question: this.text(500) },
      output: { answer: this.text(700), order: this.#order(6), confidence: this.random() },
      startedAt,
      endedAt: startedAt + this.int(5, 4000),
    };
  }

  /** A run whose first `steps` steps are done; `stepId` names them. */
  snapshot(runId: string, steps: number): Snapshot {
    const context: Snapshot["context"] = { input: { ticketId: this.hex(8), text: this.text(400) } };
    for (let step = 0; step < steps; step++) context[stepId(step)] = this.step();
    return {
      runId,
      status: "running",
      value: { priority: "high", attempts: 1 },
      context,
      serializedStepGraph: Array.from({ length: steps + 1 }, (_, step) => ({
        type: "step",
        step: { id: stepId(step), description: "looks an order up" },
      })),
      activePaths: [steps],
      activeStepsPath: { [stepId(steps)]: [steps] },
      suspendedPaths: {},
      waitingPaths: {},
      resumeLabels: {},
      requestContext: { userId: "user-1", locale: "en" },
      timestamp: this.time(),
    };
  }

  /** One span of a trace, 1 to 2 KB; the first one of a trace is its root. */
  span(traceId: string, index = 0, parentSpanId: string | null = null): Span {
    const startedAt = this.time();
    const root = parentSpanId === null;
    return {
      traceId,
      spanId: this.hex(16),
      parentSpanId,
      name: root ? "agent run: 'support'" : `tool: 'lookupOrder' ${index}`,
      spanType: root ? "agent_run" : index % 3 === 0 ? "model_step" : "tool_call",
      isEvent: false,
      startedAt: new Date(startedAt),
      endedAt: new Date(startedAt + this.int(1, 3000)),
      entityType: root ? "agent" : "tool",
      entityId: root ? "support" : "lookupOrder",
      entityName: root ? "Support" : "Look up an order",
      rootEntityType: "agent",
      rootEntityId: "support",
      rootEntityName: "Support",
      userId: `user-${this.int(1, 50)}`,
      organizationId: `org-${this.int(1, 5)}`,
      resourceId: `user-${this.int(1, 50)}`,
      runId: this.uuid(),
      threadId: this.uuid(),
      environment: "production",
      serviceName: "support-desk",
      attributes: { model: "gpt-5", provider: "openai", usage: { inputTokens: this.int(10, 9000), outputTokens: 120 } },
      metadata: { region: "eu-west-1", attempt: index },
      tags: root ? ["support", "production"] : null,
      input: { orderId: this.hex(8), question: this.text(this.int(200, 500)) },
      output: { answer: this.text(this.int(200, 500)), order: this.#order(2) },
    };
  }

  /** A root and its children. */
  trace(spans: number, traceId = this.hex(32)): Span[] {
    const root = this.span(traceId);
    return [root, ...Array.from({ length: spans - 1 }, (_, index) => this.span(traceId, index + 1, root.spanId))];
  }

  /** About 2 KB. */
  score(scorerId = "faithfulness"): Score {
    return {
      scorerId,
      entityId: "support",
      entityType: "AGENT",
      runId: this.uuid(),
      input: { messages: [{ role: "user", content: this.text(300) }] },
      output: { role: "assistant", content: this.text(400) },
      score: this.random(),
      reason: this.text(200),
      scorer: { id: scorerId, name: "Faithfulness", description: this.text(80) },
      entity: { id: "support", name: "Support", instructions: this.text(200) },
      source: "LIVE",
      metadata: { region: "eu-west-1" },
      additionalContext: { source: "web" },
      requestContext: { userId: "user-1" },
      extractStepResult: { claims: [this.text(60), this.text(60), this.text(60)] },
      analyzeStepResult: { verdicts: [{ verdict: "yes", reason: this.text(60) }] },
      analyzePrompt: this.text(300),
      traceId: this.hex(32),
      spanId: this.hex(16),
      resourceId: `user-${this.int(1, 50)}`,
      threadId: this.uuid(),
    };
  }

  #order(items: number): JsonObject {
    return {
      orderId: this.hex(8),
      status: "shipped",
      paid: true,
      items: Array.from({ length: items }, () => ({
        sku: this.hex(10),
        title: this.text(40),
        quantity: this.int(1, 5),
        price: this.int(100, 9999) / 100,
      })),
    };
  }
}

export const stepId = (step: number): string => `step-${step}`;
