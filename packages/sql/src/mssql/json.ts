import type { Condition, JsonFilter } from "../dialect.ts";

/** CHARINDEX looks for 4,000 characters at most. */
const longest = 2000;

/**
 * Conditions that narrow a JSON filter down; the rows they let through are tested again. They look for what the text must
 * hold, which cannot fail and knows no limit of depth or length, as the functions for JSON do. Core writes JSON without
 * blanks, so a member and its value stand together.
 */
export function jsonCondition(column: string, filter: JsonFilter): Condition | undefined {
  switch (filter.op) {
    case "jsonEq": {
      const member = filter.path.at(-1);
      if (member === undefined) return undefined;
      return holds(column, `${JSON.stringify(member)}:${beginOf(JSON.parse(filter.value))}`);
    }
    case "contains":
      return holds(column, beginOf(JSON.parse(filter.value)));
    default:
      return undefined;
  }
}

/** The text of a value as far as it is the same for all that are equal. */
const beginOf = (value: unknown): string =>
  Array.isArray(value) ? "[" : typeof value === "object" && value !== null ? "{" : JSON.stringify(value);

const holds = (column: string, text: string): Condition | undefined =>
  text.length > longest
    ? undefined
    : { sql: `(${column} IS NOT NULL AND CHARINDEX(?, ${column}) > 0)`, args: [text], exact: false };
