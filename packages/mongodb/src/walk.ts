import { type Direction, type EngineValue, pathOf, type Walk } from "@stowage/core/engine";
import type { Document, Sort } from "mongodb";
import { nothing } from "./filter.ts";
import type { TableMapping } from "./mapping.ts";

interface Start {
  /** Values of the path's order after which a walk goes on. */
  readonly after: readonly EngineValue[];
  readonly direction: Direction;
}

/** Which documents a walk covers, its residual filter apart. */
function coverOf(mapping: TableMapping, walk: Walk, start?: Start): Document[] {
  const { eq = {}, range } = walk;
  const path = pathOf(mapping.table, walk.path);
  const parts: Document[] = [];
  for (const column of path.eq) {
    const value = eq[column] as EngineValue | readonly EngineValue[];
    parts.push({
      [column]: Array.isArray(value)
        ? { $in: [...new Set(value)].filter((each) => each !== null).map((each) => mapping.encode(column, each)) }
        : mapping.encode(column, value as EngineValue),
    });
  }
  for (const column of path.sort) {
    if (mapping.table.columns[column]?.isNullable) parts.push({ [column]: { $ne: null } });
  }
  const bound = (at: readonly EngineValue[], side: "gt" | "lt", inclusive: boolean) => {
    if (at.length > 0) parts.push(...beyond(mapping, path.order, at, side, inclusive));
  };
  if (range?.lower) bound(range.lower.at, "gt", range.lower.inclusive);
  if (range?.upper) bound(range.upper.at, "lt", range.upper.inclusive);
  if (start) {
    // What has one value in the whole walk bounds nothing.
    const order = freeColumns(mapping, walk);
    const after = order.map((column) => start.after[path.order.indexOf(column)] as EngineValue);
    if (order.length === 0) parts.push(nothing);
    else parts.push(...beyond(mapping, order, after, start.direction === "asc" ? "gt" : "lt", false));
  }
  return parts;
}

/**
 * All of these conditions, in one document as far as no two are about the same: planners see more there than in an `$and`,
 * some of them nothing else.
 */
export function allOfThem(parts: readonly (Document | undefined)[]): Document {
  const whole: Document = {};
  const rest: Document[] = [];
  for (const part of parts.flatMap(conjuncts)) {
    for (const [name, condition] of Object.entries(part)) {
      const merged = Object.hasOwn(whole, name) ? bothOf(whole[name], condition) : condition;
      if (merged === undefined) rest.push({ [name]: condition });
      else whole[name] = merged;
    }
  }
  return rest.length > 0 ? { ...whole, $and: rest } : whole;
}

/**
 * The documents of a walk as conditions one after the other: what bounds its index, then what is tested on what that gives.
 * MongoDB takes adjacent `$match` stages for one ("Aggregation pipeline optimization"); other servers may look at the first
 * only when they choose an index.
 */
export function conditionsOf(
  mapping: TableMapping,
  walk: Walk,
  { start, filter }: { readonly start?: Start | undefined; readonly filter?: Document | undefined } = {},
): Document[] {
  const cover = coverOf(mapping, walk, start);
  const tests = [...cover.filter(isTest), ...conjuncts(filter)];
  const bounds = allOfThem(cover.filter((part) => !isTest(part)));
  return [bounds, allOfThem(tests)].filter((condition) => Object.keys(condition).length > 0);
}

export const matchesOf = (conditions: readonly Document[]): Document[] =>
  conditions.map((condition) => ({ $match: condition }));

/** An `$or`; and an inclusive upper bound, at which SecantusDB ends a compound index too early. */
const isTest = (part: Document): boolean =>
  Object.entries(part).some(([name, value]) => name.startsWith("$") || (isOperators(value) && "$lte" in value));

const conjuncts = (part: Document | undefined): Document[] => {
  if (!part) return [];
  const { $and, ...others } = part;
  return $and ? [others, ...($and as Document[]).flatMap(conjuncts)] : [part];
};

/** Two conditions on one field as one; `undefined` where both say the same kind of thing. */
function bothOf(a: unknown, b: unknown): Document | undefined {
  if (!isOperators(a) || !isOperators(b)) return undefined;
  return Object.keys(b).some((operator) => Object.hasOwn(a, operator)) ? undefined : { ...a, ...b };
}

/** Whether a condition is a document of operators, such as `{ $gte: … }`. */
const isOperators = (condition: unknown): condition is Document =>
  typeof condition === "object" &&
  condition !== null &&
  Object.getPrototypeOf(condition) === Object.prototype &&
  Object.keys(condition).every((name) => name.startsWith("$"));

/**
 * Tuples on one side of another one. The first column is bounded by itself too, redundantly: that is what the planner takes
 * for the bounds of the index.
 */
function beyond(
  mapping: TableMapping,
  order: readonly string[],
  at: readonly EngineValue[],
  side: "gt" | "lt",
  inclusive: boolean,
): Document[] {
  const column = order[0] as string;
  const value = mapping.encode(column, at[0] as EngineValue);
  if (at.length === 1) return [{ [column]: { [inclusive ? `$${side}e` : `$${side}`]: value } }];
  const rest = beyond(mapping, order.slice(1), at.slice(1), side, inclusive);
  return [
    { [column]: { [`$${side}e`]: value } },
    { $or: [{ [column]: { [`$${side}`]: value } }, allOfThem([{ [column]: value }, ...rest])] },
  ];
}

/** The columns of a path's order that may have several values in a walk. */
function freeColumns(mapping: TableMapping, { path, eq = {} }: Walk): string[] {
  const { order, eq: fixed } = pathOf(mapping.table, path);
  return order.filter((column) => !fixed.includes(column) || Array.isArray(eq[column]));
}

/** The order of a walk: that of its path, without columns that have one value in it. */
export function sortOf(mapping: TableMapping, walk: Walk, direction: Direction = "asc"): Sort | undefined {
  const columns = freeColumns(mapping, walk);
  if (columns.length === 0) return undefined;
  return Object.fromEntries(columns.map((column) => [column, direction === "asc" ? 1 : -1]));
}
