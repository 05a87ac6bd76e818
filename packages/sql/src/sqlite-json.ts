import type { Condition, JsonFilter } from "./dialect.ts";

/** Members whose names need no care inside a JSON path. */
const plainName = /^[A-Za-z0-9_ .:/@-]+$/;

/**
 * Conditions that narrow a JSON filter down; the rows they let through are tested again. They may let through too much
 * (`json_extract` cuts strings at U+0000 and gives 1 for `true`), never too little: SQLite's own notion of numbers decides
 * for safe integers only, and what its parser refuses, such as nesting beyond its limit, is let through.
 */
export function jsonCondition(column: string, filter: JsonFilter): Condition | undefined {
  switch (filter.op) {
    case "jsonAbsent": {
      const path = pathOf(filter.path);
      return path === undefined ? undefined : guarded(column, `json_type(${column}, ?) IS NULL`, [path], "1");
    }
    case "jsonEq": {
      const path = pathOf(filter.path);
      return path === undefined ? undefined : equality(column, path, JSON.parse(filter.value));
    }
    case "contains": {
      const wanted: unknown = JSON.parse(filter.value);
      const value = bindable(wanted);
      if (value === undefined) return undefined;
      return guarded(column, `EXISTS (SELECT 1 FROM json_each(${column}) WHERE atom IS ?)`, [value], "0");
    }
    default:
      return undefined;
  }
}

function equality(column: string, path: string, wanted: unknown): Condition | undefined {
  const value = bindable(wanted);
  if (value !== undefined) return guarded(column, `json_extract(${column}, ?) IS ?`, [path, value], "0");
  const types = typesOf(wanted);
  return types === undefined
    ? undefined
    : guarded(column, `coalesce(json_type(${column}, ?) IN (${types}), 0)`, [path], "0");
}

/** What `json_extract` gives for an equal value, where that is certain. */
function bindable(wanted: unknown): string | number | undefined {
  if (typeof wanted === "string") return wanted.isWellFormed() && !wanted.includes("\0") ? wanted : undefined;
  if (typeof wanted === "boolean") return wanted ? 1 : 0;
  return Number.isSafeInteger(wanted) ? (wanted as number) : undefined;
}

function typesOf(wanted: unknown): string | undefined {
  if (wanted === null) return "'null'";
  if (Array.isArray(wanted)) return "'array'";
  if (typeof wanted === "object") return "'object'";
  if (typeof wanted === "string") return "'text'";
  return typeof wanted === "number" ? "'integer', 'real'" : undefined;
}

function guarded(column: string, test: string, args: (string | number)[], ofNull: "0" | "1"): Condition {
  const sql = `(CASE WHEN ${column} IS NULL THEN ${ofNull} WHEN json_valid(${column}) THEN ${test} ELSE 1 END)`;
  return { sql, args, exact: false };
}

function pathOf(members: readonly string[]): string | undefined {
  if (!members.every((member) => plainName.test(member))) return undefined;
  return `$${members.map((member) => `."${member}"`).join("")}`;
}
