import type { Filter } from "@stowage/core/engine";
import type { Document } from "mongodb";
import type { TableMapping } from "./mapping.ts";

/** Matches nothing. */
export const nothing: Document = { _id: { $in: [] } };

/** A residual filter in two parts: what the database tests, and what is tested on the rows it gives. */
export interface SplitFilter {
  readonly native: Document | undefined;
  readonly derived: Filter | undefined;
}

/** Gives the database as much of a filter as it understands in the same way. With `isDerived` that is nothing. */
export function splitFilter(mapping: TableMapping, filter: Filter | undefined, isDerived: boolean): SplitFilter {
  if (!filter || isDerived) return { native: undefined, derived: filter };
  const native: Document[] = [];
  const derived: Filter[] = [];
  for (const part of filter.op === "and" ? filter.args : [filter]) {
    const document = toQuery(mapping, part);
    if (document) native.push(document);
    else derived.push(part);
  }
  return {
    native: native.length > 1 ? { $and: native } : native[0],
    derived: derived.length > 1 ? { op: "and", args: derived } : derived[0],
  };
}

/** The filter as a query, `undefined` where the two would not mean the same. */
function toQuery(mapping: TableMapping, filter: Filter): Document | undefined {
  switch (filter.op) {
    case "and":
    case "or": {
      const parts = filter.args.map((arg) => toQuery(mapping, arg));
      if (parts.some((part) => part === undefined)) return undefined;
      if (parts.length === 0) return filter.op === "and" ? {} : nothing;
      return { [`$${filter.op}`]: parts };
    }
    case "not": {
      const part = toQuery(mapping, filter.arg);
      return part && { $nor: [part] };
    }
    case "isNull":
      return { [filter.column]: null };
    case "notNull":
      return { [filter.column]: { $ne: null } };
    case "in": {
      const values = filter.values.filter((value) => value !== null);
      return { [filter.column]: { $in: values.map((value) => mapping.encode(filter.column, value)) } };
    }
    case "eq":
      return filter.value === null ? nothing : { [filter.column]: mapping.encode(filter.column, filter.value) };
    case "ne":
      if (filter.value === null) return nothing;
      return { [filter.column]: { $nin: [mapping.encode(filter.column, filter.value), null] } };
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      if (filter.value === null) return nothing;
      if (!mapping.comparesAsIs(filter.column)) return undefined;
      return { [filter.column]: { [`$${filter.op}`]: mapping.encode(filter.column, filter.value) } };
    default:
      return undefined;
  }
}
