import type { EngineValue } from "./column.ts";

/**
 * A residual filter: tested on the rows of a walk. A column comparison never matches a null, `isNull` apart; logic is
 * two-valued, so `not` of a comparison that meets a null is true.
 *
 * JSON forms look at the decoded value:
 * - `jsonEq`: the member at `path` exists (own members only) and is deeply equal to `value` (a JSON text), key order apart
 * - `jsonAbsent`: no such member
 * - `contains`: the value is an array with an element deeply equal to `value` (a JSON text)
 * - `search`: the value, itself when a string else its compact JSON text, holds `value` as a literal substring after
 *   Unicode lower-casing of both; works on text columns too
 */
export type Filter =
  | { readonly op: "and"; readonly args: readonly Filter[] }
  | { readonly op: "or"; readonly args: readonly Filter[] }
  | { readonly op: "not"; readonly arg: Filter }
  | { readonly op: "eq" | "ne" | "lt" | "lte" | "gt" | "gte"; readonly column: string; readonly value: EngineValue }
  | { readonly op: "in"; readonly column: string; readonly values: readonly EngineValue[] }
  | { readonly op: "isNull" | "notNull"; readonly column: string }
  | { readonly op: "jsonEq"; readonly column: string; readonly path: readonly string[]; readonly value: string }
  | { readonly op: "jsonAbsent"; readonly column: string; readonly path: readonly string[] }
  | { readonly op: "contains"; readonly column: string; readonly value: string }
  | { readonly op: "search"; readonly column: string; readonly value: string };

/** All of these; `undefined` members are left out. `undefined` when none is left, the filter itself when one is. */
export function allOf(...filters: readonly (Filter | undefined)[]): Filter | undefined {
  const args = filters.filter((filter) => filter !== undefined);
  return args.length > 1 ? { op: "and", args } : args[0];
}

/** Any of these. An empty list matches nothing. */
export const anyOf = (...args: readonly Filter[]): Filter => ({ op: "or", args });

/** The columns a filter looks at. */
export function filterColumns(filter: Filter | undefined, into = new Set<string>()): Set<string> {
  if (!filter) return into;
  if (filter.op === "and" || filter.op === "or") for (const arg of filter.args) filterColumns(arg, into);
  else if (filter.op === "not") filterColumns(filter.arg, into);
  else into.add(filter.column);
  return into;
}
