import type { CreateSpanRecord, SpanRecord } from "@stowage/core";
import type { Meters } from "./price.ts";
import type { PriceTable } from "./prices.ts";

/** What a model call used, in tokens. `input` holds what was read from and written to a cache, `output` the reasoning. */
export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  reasoning: number;
  /** What the provider counted in all; `input` and `output` together where it did not say. */
  total?: number;
  /** Parts of `cacheWrite`, `input` and `output`; left out where they are none. */
  cacheWriteLong?: number;
  audioInput?: number;
  audioOutput?: number;
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

/** Whether a span stands for a call of a model. */
export const isModelCall = ({ spanType }: Pick<Described, "spanType">): boolean => modelSpans.has(String(spanType));

/** The usage a span tells of, or `undefined`. */
export function usageOf({ attributes }: Pick<Described, "attributes">): Usage | undefined {
  const usage = attributes?.usage as
    | {
        inputTokens?: unknown;
        outputTokens?: unknown;
        totalTokens?: unknown;
        inputDetails?: Details;
        outputDetails?: Details;
      }
    | undefined;
  if (typeof usage !== "object" || usage === null) return undefined;
  const { inputDetails, outputDetails } = usage;
  const [said, output] = [numberOf(usage.inputTokens), numberOf(usage.outputTokens)];
  const cacheRead = numberOf(inputDetails?.cacheRead);
  const cacheWrite = numberOf(inputDetails?.cacheWrite);
  // Some providers leave the cache out of the input. That is certain only where the part is more than the whole.
  const input = cacheRead + cacheWrite > said ? said + cacheRead + cacheWrite : said;
  if (input === 0 && output === 0) return undefined;
  const parts = {
    cacheWriteLong: numberOf(inputDetails?.cacheWriteLong),
    audioInput: numberOf(inputDetails?.audio),
    audioOutput: numberOf(outputDetails?.audio),
  };
  return {
    input,
    output,
    cacheRead,
    cacheWrite,
    reasoning: numberOf(outputDetails?.reasoning),
    total: Math.max(numberOf(usage.totalTokens), input + output),
    ...Object.fromEntries(Object.entries(parts).filter(([, count]) => count > 0)),
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
  const sum = sumOf(usage, meters);
  return { estimatedCost: sum / 1_000_000, costUnit: price.currency, priceVersion };
}

/** Parts are taken out of the whole before that is priced, whatever they add up to. */
function sumOf({ audioInput = 0, audioOutput = 0, cacheWriteLong = 0, ...usage }: Usage, meters: Meters): number {
  const { input = 0, output = 0 } = meters;
  const { cacheRead = input, cacheWrite = input, reasoning = output } = meters;
  const fresh = Math.max(0, usage.input - usage.cacheRead - usage.cacheWrite - audioInput);
  const said = Math.max(0, usage.output - usage.reasoning - audioOutput);
  return (
    fresh * input +
    usage.cacheRead * cacheRead +
    Math.max(0, usage.cacheWrite - cacheWriteLong) * cacheWrite +
    cacheWriteLong * (meters.cacheWriteLong ?? cacheWrite) +
    audioInput * (meters.audioInput ?? input) +
    said * output +
    usage.reasoning * reasoning +
    audioOutput * (meters.audioOutput ?? output)
  );
}

/** A span with the cost of its own call in `attributes.cost`, unless somebody put one there. */
export function withCost<T extends Partial<CreateSpanRecord>>(span: T, prices: PriceTable): T {
  if (!span.endedAt || !isModelCall(span) || span.attributes?.cost !== undefined) return span;
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
  const calls = spans.filter((span) => isModelCall(span) && usageOf(span));
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
    for (const part of ["total", "cacheWriteLong", "audioInput", "audioOutput"] as const) {
      if (usage[part] !== undefined) total[part] = (total[part] ?? 0) + usage[part];
    }
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
