import type { ModelCall, TraceRollup } from "@stowage/core";
import { type Cost, costOf, PriceTable, type TraceUsage, type Usage, usageOf } from "@stowage/observability";

/** One call of a model. */
export interface CallUsage {
  spanId: string;
  model?: string;
  provider?: string;
  usage: Usage;
  cost?: Cost;
}

export interface TraceUsageRow {
  traceId: string;
  spanCount: number;
  /** Spans with an error. */
  errorCount: number;
  /** From the first start to the first token; `null` when no span says. */
  firstTokenMs: number | null;
  models: string[];
  /** `null` when no call told what it used. */
  usage: TraceUsage | null;
}

type ModelRollup = TraceRollup["models"][number];

const prices = PriceTable.bundled();

/**
 * What a trace used and cost, from its rollup. A cost that was stored beside its call is kept. Where none of a model's calls has
 * one, it follows from the bundled prices as they are today, each call taken to be as long as the mean one.
 */
export function usageRow(rollup: TraceRollup): TraceUsageRow {
  const { traceId, spans, errors, firstTokenMs, models } = rollup;
  return {
    traceId,
    spanCount: spans,
    errorCount: errors,
    firstTokenMs,
    models: [...new Set(models.flatMap(({ model }) => model ?? []))].sort(),
    usage: models.some(hasFigures) ? { ...usageOfSums(rollup), ...costOfModels(models) } : null,
  };
}

const hasFigures = ({ totalTokens, costs }: ModelRollup) => totalTokens > 0 || Object.keys(costs).length > 0;

const usageOfSums = (sums: Omit<ModelRollup, "provider" | "model">): Usage => ({
  input: sums.inputTokens,
  output: sums.outputTokens,
  cacheRead: sums.cacheReadTokens,
  cacheWrite: sums.cacheWriteTokens,
  reasoning: sums.reasoningTokens,
});

function costOfModels(models: readonly ModelRollup[]): Pick<TraceUsage, "estimatedCost" | "costUnit" | "unpriced"> {
  const sums = new Map<string, number>();
  const add = (unit: string, amount: number) => sums.set(unit, (sums.get(unit) ?? 0) + amount);
  let unpriced = 0;
  for (const model of models) {
    for (const [unit, amount] of Object.entries(model.costs)) add(unit, amount);
    const cost = Object.keys(model.costs).length === 0 ? costOfMeanCall(model) : undefined;
    if (cost?.estimatedCost == null) unpriced += model.uncosted;
    else add(cost.costUnit ?? "", cost.estimatedCost * model.uncosted);
  }
  const [first, ...others] = sums;
  if (!first || others.length > 0) return { estimatedCost: null, costUnit: null, unpriced };
  return { estimatedCost: first[1], costUnit: first[0] || null, unpriced };
}

/** Prices may depend on the length of a call, so the sum of all calls would be priced too dear. */
function costOfMeanCall({ model, provider, uncosted, ...sums }: ModelRollup): Cost | undefined {
  if (uncosted === 0) return undefined;
  const mean = (total: number) => total / uncosted;
  const usage = {
    inputTokens: mean(sums.inputTokens),
    outputTokens: mean(sums.outputTokens),
    inputDetails: { cacheRead: mean(sums.cacheReadTokens), cacheWrite: mean(sums.cacheWriteTokens) },
    outputDetails: { reasoning: mean(sums.reasoningTokens) },
  };
  return costOf({ attributes: { model, provider, usage } }, prices);
}

/** What single calls used and cost. */
export const callUsages = (calls: readonly ModelCall[]): CallUsage[] => calls.flatMap(callUsage);

function callUsage(call: ModelCall): CallUsage[] {
  const { spanId, attributes } = call;
  const usage = usageOf({ attributes });
  if (!usage) return [];
  const model = textOf(attributes?.model);
  const provider = textOf(attributes?.provider);
  const cost = attributes?.cost ? (attributes.cost as Cost) : costOf(call, prices);
  return [{ spanId, usage, ...(model && { model }), ...(provider && { provider }), ...(cost && { cost }) }];
}

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);
