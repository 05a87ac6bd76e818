import { type Cost, costOf, isModelCall } from "../usage/cost.ts";
import type { PriceTable } from "../usage/prices.ts";
import { domainOf, type StoredRange, storedTraces } from "./walk.ts";

export interface RecostOptions extends StoredRange {
  prices: PriceTable;
  /** Only counts. Default `false`. */
  dryRun?: boolean;
}

export interface RecostResult {
  /** Calls of models that were looked at. */
  calls: number;
  /** Of these, those whose cost was, or would be, written anew. */
  changed: number;
  /** Models without a price, as `provider/model`. */
  unknown: string[];
}

/**
 * Computes costs anew, by the prices that were in force when each call was made. Of a span only `attributes.cost` changes; a
 * cost of a model that has no price any more stays as it is. Sums of traces follow.
 */
export async function recost({ prices, dryRun = false, ...range }: RecostOptions): Promise<RecostResult> {
  const store = await domainOf(range);
  const result = { calls: 0, changed: 0 };
  for await (const spans of storedTraces(store, range)) {
    const records = spans.filter(isModelCall).flatMap((span) => {
      const cost = costOf(span, prices);
      if (!cost) return [];
      result.calls++;
      const before = span.attributes?.cost as Cost | undefined;
      if (cost.estimatedCost === null && before !== undefined) return [];
      if (isSame(before, cost)) return [];
      const { traceId, spanId } = span;
      return [{ traceId, spanId, updates: { attributes: { ...span.attributes, cost } } }];
    });
    result.changed += records.length;
    if (!dryRun && records.length > 0) await store.batchUpdateSpans({ records });
  }
  return { ...result, unknown: [...prices.unknown].sort() };
}

const isSame = (before: Cost | undefined, after: Cost) =>
  before !== undefined &&
  before.estimatedCost === after.estimatedCost &&
  before.costUnit === after.costUnit &&
  before.priceVersion === after.priceVersion;
