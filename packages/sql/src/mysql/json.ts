import type { Condition, JsonFilter } from "../dialect.ts";

/** Characters that stand for themselves in any JSON text, except where the text writes them as an escape. */
const plain = /^[^"\\\p{Cc}\p{Cs}]*$/u;

/** A member that could be the place in an array, which the text does not name. */
const indexLike = /^\d+$/;

/**
 * Conditions that narrow a JSON filter down by what must stand in the text; the rows they let through are tested again. The
 * servers' own functions are no help: MySQL fails on texts that nest deeper than 100 levels, and both differ from JavaScript
 * in strings and numbers. A text with a backslash may write any string as escapes and is let through untried.
 */
export function jsonCondition(column: string, filter: JsonFilter): Condition | undefined {
  switch (filter.op) {
    case "jsonEq":
      return including(column, [
        ...filter.path.filter((member) => !indexLike.test(member)).map(quoted),
        token(filter.value),
      ]);
    case "contains":
      return including(column, [token(filter.value)]);
    default:
      return undefined;
  }
}

const quoted = (text: string) => (plain.test(text) ? `"${text}"` : undefined);

/** What a text holds that has this value in it; numbers and compounds can be written in several ways. */
function token(value: string): string | undefined {
  const wanted: unknown = JSON.parse(value);
  if (typeof wanted === "string") return quoted(wanted);
  return wanted === null || typeof wanted === "boolean" ? String(wanted) : undefined;
}

function including(column: string, wanted: readonly (string | undefined)[]): Condition | undefined {
  const tokens = wanted.filter((part) => part !== undefined);
  if (tokens.length === 0) return undefined;
  const all = tokens.map(() => `locate(?, ${column}) > 0`).join(" AND ");
  return {
    sql: `(${column} IS NOT NULL AND (locate(?, ${column}) > 0 OR (${all})))`,
    args: ["\\", ...tokens],
    exact: false,
  };
}
