import { compareTuples } from "../../../engine/compare.ts";
import type { StoredRow } from "../../../engine/table.ts";
import type { spans } from "../tables.ts";
import { Sketch } from "./sketch.ts";
import type { CallRollup } from "./types.ts";
import { hasFigures, parseUsage, type SpanUsage } from "./usage.ts";

/** Columns of a span that rollups look at; no payload is among them. */
export const nodeColumns = [
  "traceId",
  "spanId",
  "parentSpanId",
  "spanType",
  "startedAt",
  "endedAt",
  "error",
  "usage",
] as const;
export type SpanNode = Pick<StoredRow<typeof spans>, (typeof nodeColumns)[number]>;

/** Spans that stand for a call of a model. */
export const callTypes: ReadonlySet<string> = new Set([
  "model_generation",
  "model_step",
  "model_inference",
  "rag_embedding",
]);

/** The numbers of one model in one trace. */
export interface ModelCalls extends CallRollup {
  readonly provider: string | null;
  readonly model: string | null;
  readonly durations: Sketch;
}

/** What one trace adds to the numbers. */
export interface TraceNumbers {
  readonly spans: number;
  readonly errors: number;
  readonly firstTokenMs: number | null;
  readonly models: readonly ModelCalls[];
}

/** A cost is kept by unit; no unit is `""`. */
export const emptyCalls = (): CallRollup => ({
  calls: 0,
  callErrors: 0,
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  uncosted: 0,
  costs: {},
});

/**
 * The numbers of a trace from all its spans, in whatever order they come. Calls are model spans with none below them; tokens
 * and costs are those of spans with figures that have none below them: wrappers repeat what is below.
 */
export function rollUpTrace(given: readonly SpanNode[]): TraceNumbers {
  // Sums of fractions depend on their order.
  const ordered = [...given].sort((a, b) => (a.spanId < b.spanId ? -1 : 1));
  const tree = new SpanTree(ordered);
  const models = new Map<string, ModelCalls>();
  const isCall = ({ spanType }: SpanNode) => callTypes.has(spanType);
  const isFigure = (span: SpanNode) => hasFigures(tree.usage(span) ?? {});
  const callsAbove = tree.above(isCall);
  const figuresAbove = tree.above(isFigure);
  for (const span of ordered) {
    const counts = isCall(span) && !callsAbove.has(span.spanId);
    const hasOwn = isFigure(span) && !figuresAbove.has(span.spanId);
    if (!counts && !hasOwn) continue;
    const target = modelOf(models, tree.modelOf(span));
    if (counts) addCall(target, span);
    if (hasOwn) addFigures(target, tree.usage(span) ?? {});
  }
  return {
    spans: ordered.length,
    errors: ordered.filter(({ error }) => error !== null).length,
    firstTokenMs: tree.firstTokenMs(),
    models: [...models.values()].sort((a, b) => compareTuples([a.provider, a.model], [b.provider, b.model])),
  };
}

class SpanTree {
  private readonly all: readonly SpanNode[];
  private readonly byId: ReadonlyMap<string, SpanNode>;
  private readonly usages = new Map<SpanNode, SpanUsage>();

  constructor(all: readonly SpanNode[]) {
    this.all = all;
    this.byId = new Map(all.map((span) => [span.spanId, span]));
    for (const span of all) {
      const usage = parseUsage(span.usage);
      if (usage) this.usages.set(span, usage);
    }
  }

  usage(span: SpanNode): SpanUsage | undefined {
    return this.usages.get(span);
  }

  /** Spans above those. A circle of parents ends where it began. */
  above(isMeant: (span: SpanNode) => boolean): Set<string> {
    const found = new Set<string>();
    for (const span of this.all) {
      if (!isMeant(span)) continue;
      for (let id = span.parentSpanId; id !== null && id !== span.spanId && !found.has(id); ) {
        found.add(id);
        id = this.byId.get(id)?.parentSpanId ?? null;
      }
    }
    return found;
  }

  /** The model of the span, or of the next one above that names one. */
  modelOf(span: SpanNode): SpanUsage {
    const seen = new Set<SpanNode>();
    for (let at: SpanNode | undefined = span; at && !seen.has(at); at = this.byId.get(at.parentSpanId ?? "")) {
      seen.add(at);
      const usage = this.usages.get(at);
      if (usage?.model !== undefined) return usage;
    }
    return {};
  }

  firstTokenMs(): number | null {
    let first = Number.POSITIVE_INFINITY;
    for (const { firstTokenAt = first } of this.usages.values()) first = Math.min(first, firstTokenAt);
    if (first === Number.POSITIVE_INFINITY) return null;
    return Math.max(0, first - this.all.reduce((start, { startedAt }) => Math.min(start, startedAt), first));
  }
}

function modelOf(models: Map<string, ModelCalls>, usage: SpanUsage): ModelCalls {
  const { provider, model } = { provider: usage.provider ?? null, model: usage.model ?? null };
  const key = JSON.stringify([provider, model]);
  const found = models.get(key) ?? { ...emptyCalls(), provider, model, durations: new Sketch() };
  models.set(key, found);
  return found;
}

function addCall(target: ModelCalls, { startedAt, endedAt, error }: SpanNode): void {
  target.calls++;
  if (error !== null) target.callErrors++;
  if (endedAt !== null) target.durations.add(Math.max(0, endedAt - startedAt));
}

function addFigures(target: CallRollup, usage: SpanUsage): void {
  target.inputTokens += usage.inputTokens ?? 0;
  target.outputTokens += usage.outputTokens ?? 0;
  target.totalTokens += usage.totalTokens ?? 0;
  target.cacheReadTokens += usage.cacheReadTokens ?? 0;
  target.cacheWriteTokens += usage.cacheWriteTokens ?? 0;
  target.reasoningTokens += usage.reasoningTokens ?? 0;
  if (usage.cost === undefined) target.uncosted++;
  else addCost(target.costs, usage.costUnit ?? "", usage.cost);
}

export function addCost(costs: Record<string, number>, unit: string, amount: number): void {
  costs[unit] = (costs[unit] ?? 0) + amount;
}
