import type { EngineValue } from "./column.ts";
import { compareValues } from "./compare.ts";
import type { Filter } from "./filter.ts";
import { jsonEqual } from "./json.ts";
import type { Table } from "./table.ts";

type Test = (row: Readonly<Record<string, unknown>>) => boolean;

/** Compiles a filter to a test of encoded rows: the one meaning of filters, which native forms must equal. */
export function compileFilter(table: Table, filter: Filter): Test {
  switch (filter.op) {
    case "and": {
      const tests = filter.args.map((arg) => compileFilter(table, arg));
      return (row) => tests.every((test) => test(row));
    }
    case "or": {
      const tests = filter.args.map((arg) => compileFilter(table, arg));
      return (row) => tests.some((test) => test(row));
    }
    case "not": {
      const test = compileFilter(table, filter.arg);
      return (row) => !test(row);
    }
    case "isNull":
      return (row) => row[filter.column] === null;
    case "notNull":
      return (row) => row[filter.column] !== null;
    case "in": {
      const values = new Set(filter.values);
      return (row) => row[filter.column] !== null && values.has(row[filter.column] as EngineValue);
    }
    case "jsonEq":
    case "jsonAbsent":
      return compileJsonPath(filter);
    case "contains": {
      const wanted = JSON.parse(filter.value);
      return (row) => {
        const list = parsed(row[filter.column]);
        return Array.isArray(list) && list.some((item) => jsonEqual(item, wanted));
      };
    }
    case "search": {
      const wanted = filter.value.toLowerCase();
      const isJson = table.columns[filter.column]?.type === "json";
      return (row) => searchText(row[filter.column], isJson).toLowerCase().includes(wanted);
    }
    default: {
      const { op, column, value } = filter;
      if (value === null) return () => false;
      return (row) => row[column] !== null && compareWith(op, compareValues(row[column] as EngineValue, value));
    }
  }
}

function compareWith(op: "eq" | "ne" | "lt" | "lte" | "gt" | "gte", order: number): boolean {
  switch (op) {
    case "eq":
      return order === 0;
    case "ne":
      return order !== 0;
    case "lt":
      return order < 0;
    case "lte":
      return order <= 0;
    case "gt":
      return order > 0;
    case "gte":
      return order >= 0;
  }
}

function compileJsonPath(filter: Extract<Filter, { path: readonly string[] }>): Test {
  const wanted = filter.op === "jsonEq" ? JSON.parse(filter.value) : undefined;
  return (row) => {
    let value = parsed(row[filter.column]);
    for (const member of filter.path) {
      if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, member)) {
        return filter.op === "jsonAbsent";
      }
      value = (value as Record<string, unknown>)[member];
    }
    return filter.op === "jsonEq" && value !== undefined && jsonEqual(value, wanted);
  };
}

function parsed(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : undefined;
}

/** What a search looks into: a JSON string's own characters, else the text as it is. */
function searchText(value: unknown, isJson: boolean): string {
  if (typeof value !== "string") return "";
  return isJson && value.startsWith('"') ? (JSON.parse(value) as string) : value;
}
