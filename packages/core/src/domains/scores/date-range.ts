import type { Range } from "../../engine/operations.ts";
import { optionalObject, toOptionalInstant } from "../shared/values.ts";

/** The part of a path in the order of creation that a range of dates covers; `undefined` for all of it. */
export function dateRangeOf(given: unknown): Range | undefined {
  const { start, end, startExclusive, endExclusive } = optionalObject(given, "dateRange") ?? {};
  const from = toOptionalInstant(start, "dateRange.start");
  const to = toOptionalInstant(end, "dateRange.end");
  if (!from && !to) return undefined;
  return {
    ...(from && { lower: { at: [from.getTime()], inclusive: startExclusive !== true } }),
    ...(to && { upper: { at: [to.getTime()], inclusive: endExclusive !== true } }),
  };
}
