import type { Condition, JsonFilter } from "../dialect.ts";

/** A member that PostgreSQL would take for the index of an array. */
const indexLike = /^-?\d+$/;

/**
 * Conditions that narrow a JSON filter down; the rows they let through are tested again. Taking a string out of JSON fails
 * for the whole statement when the string holds U+0000 or a lone surrogate, so texts with escapes of such are let through
 * untried.
 */
export function jsonCondition(column: string, filter: JsonFilter): Condition | undefined {
  switch (filter.op) {
    case "jsonAbsent": {
      const member = memberOf(column, filter.path);
      return member && guarded(column, `${member.sql} IS NULL`, member.args, "TRUE");
    }
    case "jsonEq":
      return equality(column, filter.path, JSON.parse(filter.value));
    case "contains": {
      const wanted: unknown = JSON.parse(filter.value);
      if (typeof wanted !== "string" || !isPlain(wanted)) return undefined;
      const among = `CASE WHEN json_typeof(${column}) = 'array' THEN ${column} ELSE '[]' END`;
      return guarded(column, `? IN (SELECT value FROM json_array_elements_text(${among}))`, [wanted], "FALSE");
    }
    default:
      return undefined;
  }
}

function equality(column: string, path: readonly string[], wanted: unknown): Condition | undefined {
  const member = memberOf(column, path);
  if (!member) return undefined;
  if (typeof wanted === "string") {
    if (!isPlain(wanted)) return undefined;
    return guarded(column, `coalesce(${member.sql} #>> '{}' = ?, FALSE)`, [...member.args, wanted], "FALSE");
  }
  const type = wanted === null ? "null" : Array.isArray(wanted) ? "array" : typeof wanted;
  const test = `coalesce(json_typeof(${member.sql}) = '${type}', FALSE)`;
  return guarded(column, test, member.args, "FALSE");
}

function memberOf(column: string, path: readonly string[]): { sql: string; args: string[] } | undefined {
  if (!path.every((member) => isPlain(member) && !indexLike.test(member))) return undefined;
  if (path.length === 0) return { sql: column, args: [] };
  return { sql: `json_extract_path(${column}, ${path.map(() => "?").join(", ")})`, args: [...path] };
}

const isPlain = (text: string) => text.isWellFormed() && !text.includes("\0");

function guarded(column: string, test: string, args: string[], ofNull: "TRUE" | "FALSE"): Condition {
  const odd = `${column}::text ~* '\\\\u(0000|d[89a-f])'`;
  return {
    sql: `(CASE WHEN ${column} IS NULL THEN ${ofNull} WHEN ${odd} THEN TRUE ELSE ${test} END)`,
    args,
    exact: false,
  };
}
