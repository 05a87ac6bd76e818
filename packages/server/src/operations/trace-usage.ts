import type { ModelCall, TraceModelCalls } from "@stowage/core";
import {
  type Cost,
  costOf,
  PriceTable,
  type TraceUsage,
  type Usage,
  usageOf,
  usageOfTrace,
} from "@stowage/observability";

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
  models: string[];
  /** `null` when no call told what it used. */
  usage: TraceUsage | null;
  calls?: CallUsage[];
}

const prices = PriceTable.bundled();

/** What a trace used and cost; a cost that was stored beside its call is kept, any other follows from the bundled prices. */
export function usageRow({ traceId, spanCount, calls }: TraceModelCalls, withCalls: boolean): TraceUsageRow {
  const priced = calls.map((call) => {
    const cost = costOfCall(call);
    return cost ? { ...call, attributes: { ...call.attributes, cost } } : call;
  });
  const models = new Set(priced.flatMap(({ attributes }) => textOf(attributes?.model) ?? []));
  const isKnown = priced.some(usageOf);
  return {
    traceId,
    spanCount,
    models: [...models].sort(),
    usage: isKnown ? usageOfTrace(priced) : null,
    ...(withCalls && { calls: priced.flatMap(callUsage) }),
  };
}

const costOfCall = (call: ModelCall) => (call.attributes?.cost ? (call.attributes.cost as Cost) : costOf(call, prices));

function callUsage({ spanId, attributes }: ModelCall): CallUsage[] {
  const usage = usageOf({ attributes });
  if (!usage) return [];
  const model = textOf(attributes?.model);
  const provider = textOf(attributes?.provider);
  const cost = attributes?.cost as Cost | undefined;
  return [{ spanId, usage, ...(model && { model }), ...(provider && { provider }), ...(cost && { cost }) }];
}

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);
