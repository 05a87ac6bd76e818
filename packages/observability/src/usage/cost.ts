import type { CreateSpanRecord, SpanRecord } from "@stowage/core";
import type { PriceTable } from "./prices.ts";

/** What a model call used, in tokens. `input` holds what was read from and written to a cache, `output` the reasoning. */
export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  reasoning: number;
}

/** What a model call cost. */
export interface Cost {
  /** `null` when the model has no price. */
  estimatedCost: number | null;
  costUnit: string | null;
  priceVersion: string;
}

type Described = Pick<Partial<SpanRecord>, "spanType" | "attributes">;

const modelSpans = new Set(["model_generation", "model_step", "model_inference", "rag_embedding"]);

/** The usage a span tells of, or `undefined`. */
export function usageOf({ attributes }: Pick<Described, "attributes">): Usage | undefined {
  const usage = attributes?.usage as
    | { inputTokens?: unknown; outputTokens?: unknown; inputDetails?: Details; outputDetails?: Details }
    | undefined;
  if (typeof usage !== "object" || usage === null) return undefined;
  const [input, output] = [numberOf(usage.inputTokens), numberOf(usage.outputTokens)];
  if (input === 0 && output === 0) return undefined;
  return {
    input,
    output,
    cacheRead: numberOf(usage.inputDetails?.cacheRead),
    cacheWrite: numberOf(usage.inputDetails?.cacheWrite),
    reasoning: numberOf(usage.outputDetails?.reasoning),
  };
}
type Details = Record<string, unknown> | undefined;
const numberOf = (value: unknown) => (typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0);

/** The cost of one model call. Cached input and reasoning are priced apart only where the table says so. */
export function costOf(span: Described & { startedAt?: unknown }, prices: PriceTable): Cost | undefined {
  const usage = usageOf(span);
  const { model, responseModel, provider } = (span.attributes ?? {}) as Record<string, unknown>;
  const name = responseModel ?? model;
  if (!usage || typeof name !== "string") return undefined;
  const at = span.startedAt === undefined ? new Date() : new Date(span.startedAt as string);
  const known = typeof provider === "string" ? provider : undefined;
  const price = prices.find(known, name, at) ?? (typeof model === "string" ? prices.find(known, model, at) : undefined);
  const { version: priceVersion } = prices;
  if (!price) return { estimatedCost: null, costUnit: null, priceVersion };
  const { meters } =
    price.tiers?.toSorted((a, b) => b.above - a.above).find(({ above }) => usage.input > above) ?? price;
  const { input = 0, output = 0, cacheRead = input, cacheWrite = input, reasoning = output } = meters;
  const fresh = Math.max(0, usage.input - usage.cacheRead - usage.cacheWrite);
  const said = Math.max(0, usage.output - usage.reasoning);
  const sum =
    fresh * input +
    usage.cacheRead * cacheRead +
    usage.cacheWrite * cacheWrite +
    said * output +
    usage.reasoning * reasoning;
  return { estimatedCost: sum / 1_000_000, costUnit: price.currency, priceVersion };
}

/** A span with the cost of its own call in `attributes.cost`, unless somebody put one there. */
export function withCost<T extends Partial<CreateSpanRecord>>(span: T, prices: PriceTable): T {
  if (!span.endedAt || !modelSpans.has(String(span.spanType)) || span.attributes?.cost !== undefined) return span;
  const cost = costOf(span, prices);
  return cost ? { ...span, attributes: { ...span.attributes, cost } } : span;
}

export interface TraceUsage extends Usage {
  /** Sum of the known costs; `null` when none is known, or they are in several currencies. */
  estimatedCost: number | null;
  costUnit: string | null;
  /** Calls without a price. */
  unpriced: number;
}

/**
 * What a trace used and cost. Agents, workflows and outer model spans repeat what the calls below them used, so only those
 * model spans count that have no model span with usage below.
 */
export function usageOfTrace(
  spans: readonly Pick<SpanRecord, "spanId" | "parentSpanId" | "spanType" | "attributes" | "startedAt">[],
  prices?: PriceTable,
): TraceUsage {
  const parents = new Map(spans.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]));
  const calls = spans.filter((span) => modelSpans.has(span.spanType) && usageOf(span));
  const wrappers = new Set<string>();
  for (const { spanId } of calls) {
    const seen = new Set<string>();
    for (let above = parents.get(spanId); above && !seen.has(above); above = parents.get(above)) {
      seen.add(above);
      wrappers.add(above);
    }
  }
  const total: TraceUsage = {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    reasoning: 0,
    estimatedCost: null,
    costUnit: null,
    unpriced: 0,
  };
  const units = new Set<string>();
  for (const span of calls.filter(({ spanId }) => !wrappers.has(spanId))) {
    const usage = usageOf(span) as Usage;
    for (const meter of ["input", "output", "cacheRead", "cacheWrite", "reasoning"] as const)
      total[meter] += usage[meter];
    const stored = span.attributes?.cost as Cost | undefined;
    const cost = prices ? costOf(span, prices) : stored;
    if (cost?.estimatedCost == null) total.unpriced++;
    else {
      total.estimatedCost = (total.estimatedCost ?? 0) + cost.estimatedCost;
      if (cost.costUnit) units.add(cost.costUnit);
    }
  }
  if (units.size > 1) return { ...total, estimatedCost: null, costUnit: null };
  return { ...total, costUnit: [...units][0] ?? null };
}
