import { type Direction, type EngineValue, pathOf, type Walk } from "@stowage/core/engine";
import type { Document, Sort } from "mongodb";
import type { TableMapping } from "./mapping.ts";

interface Start {
  /** Values of the path's order after which a walk goes on. */
  readonly after: readonly EngineValue[];
  readonly direction: Direction;
}

/** Which documents a walk covers, its residual filter apart. */
export function coverOf(mapping: TableMapping, walk: Walk, start?: Start): Document[] {
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
    if (at.length > 0) parts.push(beyond(mapping, path.order, at, side, inclusive));
  };
  if (range?.lower) bound(range.lower.at, "gt", range.lower.inclusive);
  if (range?.upper) bound(range.upper.at, "lt", range.upper.inclusive);
  if (start) bound(start.after, start.direction === "asc" ? "gt" : "lt", false);
  return parts;
}

/** All of these conditions. */
export const allOfThem = (parts: readonly (Document | undefined)[]): Document => {
  const present = parts.filter((part) => part !== undefined);
  return present.length > 1 ? { $and: present } : (present[0] ?? {});
};

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
): Document {
  const column = order[0] as string;
  const value = mapping.encode(column, at[0] as EngineValue);
  if (at.length === 1) return { [column]: { [inclusive ? `$${side}e` : `$${side}`]: value } };
  const rest = beyond(mapping, order.slice(1), at.slice(1), side, inclusive);
  return {
    [column]: { [`$${side}e`]: value },
    $or: [{ [column]: { [`$${side}`]: value } }, { $and: [{ [column]: value }, rest] }],
  };
}

/** The order of a walk: that of its path, without columns that have one value in it. */
export function sortOf(mapping: TableMapping, { path, eq = {} }: Walk, direction: Direction = "asc"): Sort | undefined {
  const { order, eq: fixed } = pathOf(mapping.table, path);
  const columns = order.filter((column) => !fixed.includes(column) || Array.isArray(eq[column]));
  if (columns.length === 0) return undefined;
  return Object.fromEntries(columns.map((column) => [column, direction === "asc" ? 1 : -1]));
}
