import { allOf, type Filter } from "@stowage/core/engine";
import type { TableMapping } from "../mapping.ts";
import type { Parameters } from "../parameters.ts";

/** A filter in two parts: conditions for the database, and what is left to be tested on the rows it gives. */
export interface SplitFilter {
  readonly conditions: readonly string[];
  readonly residual: Filter | undefined;
}

/** Gives the database the parts of a filter whose meaning there is exactly the contract's. */
export function splitFilter(mapping: TableMapping, filter: Filter | undefined, parameters: Parameters): SplitFilter {
  const conditions: string[] = [];
  const residual: Filter[] = [];
  const split = (part: Filter): void => {
    if (part.op === "and") for (const arg of part.args) split(arg);
    else if (isExact(mapping, part)) conditions.push(conditionOf(mapping, part, parameters));
    else residual.push(part);
  };
  if (filter) split(filter);
  return { conditions, residual: allOf(...residual) };
}

type Exact = Exclude<Filter, { op: "jsonEq" | "jsonAbsent" | "contains" | "search" }>;

function isExact(mapping: TableMapping, filter: Filter): filter is Exact {
  switch (filter.op) {
    case "and":
    case "or":
      return filter.args.every((arg) => isExact(mapping, arg));
    case "not":
      return isExact(mapping, filter.arg);
    case "eq":
    case "ne":
    case "in":
    case "isNull":
    case "notNull":
      return true;
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      // Texts that are stored in another form have the order of that form.
      return mapping.column(filter.column).type !== "text";
    default:
      return false;
  }
}

const operators = { eq: "=", ne: "!=", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

/** SQL that is true or false, never null. */
function conditionOf(mapping: TableMapping, filter: Exact, parameters: Parameters): string {
  switch (filter.op) {
    case "and":
    case "or": {
      const parts = filter.args.map((arg) => conditionOf(mapping, arg as Exact, parameters));
      if (parts.length === 0) return filter.op === "and" ? "1" : "0";
      return `(${parts.join(filter.op === "and" ? " AND " : " OR ")})`;
    }
    case "not":
      return `(NOT ${conditionOf(mapping, filter.arg as Exact, parameters)})`;
    case "isNull":
      return `isNull(${mapping.column(filter.column).quoted})`;
    case "notNull":
      return `isNotNull(${mapping.column(filter.column).quoted})`;
    case "in": {
      const column = mapping.column(filter.column);
      const values = filter.values.filter((value) => value !== null);
      if (values.length === 0) return "0";
      return whereNotNull(column, `${column.operand} IN ${parameters.list(column, values)}`);
    }
    default: {
      const column = mapping.column(filter.column);
      if (filter.value === null) return "0";
      return whereNotNull(
        column,
        `${column.operand} ${operators[filter.op]} ${parameters.value(column, filter.value)}`,
      );
    }
  }
}

const whereNotNull = ({ nullable, quoted }: { nullable: boolean; quoted: string }, condition: string) =>
  nullable ? `(isNotNull(${quoted}) AND ${condition})` : `(${condition})`;
