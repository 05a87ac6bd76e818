import { branchSpanTypes } from "../types.ts";

/** Where a running span or trace stands in an order by end: above every time there is. */
export const endOfTime = 8_640_000_000_000_000;

const types: ReadonlySet<string | null> = new Set(branchSpanTypes);

export const isBranchType = (spanType: string | null): boolean => types.has(spanType);

/** What follows from a span's own columns for the paths of branches. */
export const branchOf = (spanType: string | null, endedAt: number | null) =>
  isBranchType(spanType)
    ? { branchType: spanType, branchEnd: endedAt ?? endOfTime }
    : { branchType: null, branchEnd: null };
