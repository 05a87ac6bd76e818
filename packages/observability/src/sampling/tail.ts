import type { CreateSpanRecord } from "@stowage/core";
import { usageOfTrace } from "../usage/cost.ts";
import type { Item } from "../writer/item.ts";
import { sampled } from "./head.ts";

/** A trace as a sampler sees it, when its root has ended. */
export interface TailTrace {
  traceId: string;
  spans: readonly Partial<CreateSpanRecord>[];
  /** Of the root. */
  durationMs: number;
  hasError: boolean;
  /** Sum of the known costs of its model calls; `null` when none is known. Needs `prices`, or costs in the spans. */
  cost: number | null;
  /** What scorers gave it until now. */
  scores: readonly number[];
}

export interface TailSamplingOptions {
  /** Keeps traces with an error. Default `true`. */
  errors?: boolean;
  /** Keeps traces that took longer. */
  slowerThanMs?: number;
  /** Keeps traces that cost more. */
  costAbove?: number;
  /** Keeps traces that got a score below this before they were decided. */
  scoreBelow?: number;
  /** Keeps traces whose root has one of these tags. */
  tags?: readonly string[];
  /** Keeps traces of these users. */
  users?: readonly string[];
  /** Keeps what this says. */
  keep?: (trace: TailTrace) => boolean;
  /** Share of the rest that is kept, 0 to 1. Default 0. Kept roots say in `metadata.sampleWeight` how many they stand for. */
  ratio?: number;
  /** How long after its end a trace waits for spans that come late. Default 2000. */
  graceMs?: number;
  /** A trace is decided after this time at the latest, ended or not. Default 30,000. */
  maxAgeMs?: number;
  /** A trace with more spans is kept without waiting. Default 2000. */
  maxSpans?: number;
  /** Traces held at the same time; the oldest is decided when there are more. Default 1000. */
  maxTraces?: number;
}

interface Held {
  items: Item[];
  scores: number[];
  timer: NodeJS.Timeout;
  since: number;
}

type SpanItem = Extract<Item, { kind: "create" | "update" }>;

/** Holds the spans of a trace until its root has ended, and then keeps or drops them all. */
export class TailSampler<Refusal> {
  readonly #options: Required<Omit<TailSamplingOptions, "slowerThanMs" | "costAbove" | "scoreBelow" | "keep">> &
    TailSamplingOptions;
  readonly #next: (item: Item) => Refusal;
  readonly #held = new Map<string, Held>();
  /** What was decided lately, for spans that come later still. */
  readonly #decided = new Map<string, boolean>();
  /** Traces and spans that were not kept. */
  readonly dropped = { traces: 0, spans: 0 };

  constructor(options: TailSamplingOptions, next: (item: Item) => Refusal) {
    this.#options = {
      errors: true,
      tags: [],
      users: [],
      ratio: 0,
      graceMs: 2000,
      maxAgeMs: 30_000,
      maxSpans: 2000,
      maxTraces: 1000,
      ...options,
    };
    this.#next = next;
  }

  add(item: SpanItem): Refusal | undefined {
    const { traceId } = item.record;
    const decided = this.#decided.get(traceId);
    if (decided === true) return this.#next(item);
    if (decided === false) {
      this.dropped.spans++;
      return undefined;
    }
    let held = this.#held.get(traceId);
    if (!held) {
      held = { items: [], scores: [], since: Date.now(), timer: this.#later(traceId, this.#options.maxAgeMs) };
      this.#held.set(traceId, held);
      const oldest = this.#held.size > this.#options.maxTraces ? this.#held.keys().next().value : undefined;
      if (oldest !== undefined) this.#decide(oldest);
    }
    held.items.push(item);
    if (held.items.length > this.#options.maxSpans) this.#settle(traceId, true);
    else if (isEndOfRoot(item)) {
      clearTimeout(held.timer);
      const rest = held.since + this.#options.maxAgeMs - Date.now();
      held.timer = this.#later(traceId, Math.max(0, Math.min(this.#options.graceMs, rest)));
    }
    return undefined;
  }

  /** Keeps a trace whatever its spans are: somebody else has decided so. */
  keep(traceId: string): void {
    if (this.#held.has(traceId)) this.#settle(traceId, true);
    else this.#remember(traceId, true);
  }

  /** Tells of a score, which may be a reason to keep its trace. */
  addScore(traceId: string, score: number): void {
    this.#held.get(traceId)?.scores.push(score);
  }

  /** Decides every trace now, as at the end of the program. */
  decideAll(): void {
    for (const traceId of [...this.#held.keys()]) this.#decide(traceId);
  }

  #later(traceId: string, milliseconds: number): NodeJS.Timeout {
    const timer = setTimeout(() => this.#decide(traceId), milliseconds);
    timer.unref?.();
    return timer;
  }

  #decide(traceId: string): void {
    const held = this.#held.get(traceId);
    if (!held) return;
    const trace = traceOf(traceId, held.items as SpanItem[], held.scores);
    const { errors, slowerThanMs, costAbove, scoreBelow, tags, users, keep, ratio } = this.#options;
    const root = trace.spans.find(({ parentSpanId }) => !parentSpanId);
    const isWanted =
      (errors && trace.hasError) ||
      (slowerThanMs !== undefined && trace.durationMs > slowerThanMs) ||
      (costAbove !== undefined && (trace.cost ?? 0) > costAbove) ||
      (scoreBelow !== undefined && trace.scores.some((score) => score < scoreBelow)) ||
      tags.some((tag) => root?.tags?.includes(tag)) ||
      users.some((user) => root?.userId === user) ||
      (keep?.(trace) ?? false);
    const isChosen = !isWanted && sampled({ type: "ratio", ratio }, traceId);
    if (isChosen && ratio < 1) weigh(held.items as SpanItem[], 1 / ratio);
    this.#settle(traceId, isWanted || isChosen);
  }

  #settle(traceId: string, isKept: boolean): void {
    const held = this.#held.get(traceId) as Held;
    clearTimeout(held.timer);
    this.#held.delete(traceId);
    this.#remember(traceId, isKept);
    if (isKept) {
      for (const item of held.items) this.#next(item);
    } else {
      this.dropped.traces++;
      this.dropped.spans += held.items.length;
    }
  }

  #remember(traceId: string, isKept: boolean): void {
    this.#decided.set(traceId, isKept);
    if (this.#decided.size > 10_000) this.#decided.delete(this.#decided.keys().next().value as string);
  }
}

const dataOf = (item: SpanItem): Partial<CreateSpanRecord> =>
  item.kind === "create"
    ? item.record
    : ({ ...item.record.updates, spanId: item.record.spanId } as Partial<CreateSpanRecord>);

const isEndOfRoot = (item: SpanItem) => Boolean(dataOf(item).endedAt) && !dataOf(item).parentSpanId;

function traceOf(traceId: string, items: SpanItem[], scores: readonly number[]): TailTrace {
  const spans = items.map(dataOf);
  const root = spans.findLast(({ endedAt, parentSpanId }) => endedAt && !parentSpanId);
  const start = root?.startedAt ?? spans.find(({ startedAt }) => startedAt)?.startedAt;
  const durationMs = root?.endedAt && start ? +new Date(root.endedAt) - +new Date(start) : 0;
  const hasError = spans.some(({ error }) => error !== undefined && error !== null);
  const { estimatedCost: cost } = usageOfTrace(spans as never);
  return { traceId, spans, durationMs, hasError, cost, scores };
}

/** How many traces a kept one stands for, so that rates and sums stay right. */
function weigh(items: SpanItem[], weight: number): void {
  for (const item of items) {
    const data = item.kind === "create" ? item.record : item.record.updates;
    if (!data.parentSpanId) data.metadata = { ...data.metadata, sampleWeight: weight };
  }
}
