import { decodeCursor, type EngineValue, encodeTuple, type Find, pathOf } from "@stowage/core/engine";
import { pathColumn, type TableMapping } from "../mapping.ts";
import { quoteText } from "../text.ts";

/** Stands behind everything that goes on from a place: a part begins with a letter or a digit. */
const behind = "~";

/** The column of a walk's path, and a condition on it for each combination of equal values. */
export function spansOf(mapping: TableMapping, walk: Find): { column: string; spans: string[] } {
  const path = pathOf(mapping.table, walk.path);
  const column = pathColumn(path);
  const name = `\`${column}\``;
  const bounds = boundsOf(walk);
  const spans = combinations(path.eq.map((each) => valuesOf(walk.eq?.[each]))).map((values) => {
    const group = encodeTuple(values);
    const conditions = [`${name} >= ${quoteText(group)}`, `${name} < ${quoteText(group + behind)}`];
    for (const { operator, at } of bounds) {
      const place = group + encodeTuple(at);
      if (operator === ">" || operator === "<=") {
        conditions.push(`${name} ${operator === ">" ? ">=" : "<"} ${quoteText(place + behind)}`);
      } else conditions.push(`${name} ${operator} ${quoteText(place)}`);
    }
    return conditions.join(" AND ");
  });
  return { column, spans: [...new Set(spans)] };
}

function boundsOf(walk: Find): { operator: ">" | ">=" | "<" | "<="; at: readonly EngineValue[] }[] {
  const { lower, upper } = walk.range ?? {};
  return [
    ...(lower && lower.at.length > 0
      ? [{ operator: lower.inclusive ? (">=" as const) : (">" as const), at: lower.at }]
      : []),
    ...(upper && upper.at.length > 0
      ? [{ operator: upper.inclusive ? ("<=" as const) : ("<" as const), at: upper.at }]
      : []),
    ...(walk.cursor === undefined
      ? []
      : [{ operator: walk.direction === "desc" ? ("<" as const) : (">" as const), at: decodeCursor(walk) }]),
  ];
}

const valuesOf = (value: EngineValue | readonly EngineValue[] | undefined): readonly EngineValue[] =>
  Array.isArray(value) ? value.filter((each) => each !== null) : [value as EngineValue];

const combinations = (lists: readonly (readonly EngineValue[])[]): EngineValue[][] =>
  lists.reduce<EngineValue[][]>((made, list) => made.flatMap((head) => list.map((value) => [...head, value])), [[]]);
