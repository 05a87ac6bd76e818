import { allOf, type EngineValue, type Filter } from "@stowage/core/engine";
import type { Condition } from "../dialect.ts";
import type { MappedColumn } from "../mapped-column.ts";
import type { TableMapping } from "../mapping.ts";

export interface FilterPlan {
  readonly condition?: Condition;
  /** What is left to test on the rows; absent when the condition says it all. */
  readonly residual?: Filter;
  /** No row can pass. */
  readonly never?: boolean;
}

/** Deeper than this a filter is tested on the rows, as databases bound the depth of expressions. */
const maxDepth = 100;
const maxListed = 1000;

/** Splits a filter into a condition for the database and what it leaves to test on the rows. */
export function planFilter(mapping: TableMapping, filter: Filter | undefined, native: boolean): FilterPlan {
  if (!filter) return {};
  if (!native) return { residual: filter };
  const args = filter.op === "and" ? filter.args : [filter];
  const parts = args.map((arg) => ({ arg, condition: translate(mapping, arg, 0) }));
  const conditions = parts.map(({ condition }) => condition).filter((condition) => condition !== undefined);
  const residual = allOf(...parts.filter(({ condition }) => !condition?.exact).map(({ arg }) => arg));
  const condition = join(conditions, " AND ");
  if (condition === never) return { never: true };
  if (condition === always) return residual ? { residual } : {};
  const { maxParameters, maxOperators = Number.POSITIVE_INFINITY } = mapping.dialect;
  if (condition.args.length > maxParameters / 4 || operatorsIn(condition.sql) > maxOperators)
    return { residual: filter };
  return { condition, ...(residual && { residual }) };
}

/** No expression is deeper than it has operators and brackets. */
const operatorsIn = (sql: string) => sql.split(/ AND | OR |\(/).length;

/** Conditions without a column. They are folded away: a planner that meets one may refuse the index it was told to use. */
const never: Condition = { sql: "0", args: [], exact: true };
const always: Condition = { sql: "1", args: [], exact: true };

/** A condition for the filter, or `undefined` when the database cannot even narrow it down. */
function translate(mapping: TableMapping, filter: Filter, depth: number): Condition | undefined {
  if (depth > maxDepth) return undefined;
  switch (filter.op) {
    case "and": {
      const conditions = filter.args.map((arg) => translate(mapping, arg, depth + 1));
      const known = conditions.filter((condition) => condition !== undefined);
      const joined = join(known, " AND ");
      if (known.length === conditions.length || joined === never) return joined;
      return joined === always ? undefined : { ...joined, exact: false };
    }
    case "or": {
      const conditions = filter.args.map((arg) => translate(mapping, arg, depth + 1));
      const known = conditions.filter((condition) => condition !== undefined);
      if (known.length < conditions.length) return known.includes(always) ? always : undefined;
      return join(known, " OR ");
    }
    case "not": {
      const inner = translate(mapping, filter.arg, depth + 1);
      if (inner === never || inner === always) return inner === never ? always : never;
      return inner?.exact ? { ...inner, sql: `(NOT ${inner.sql})` } : undefined;
    }
    case "isNull":
      return { sql: `(${mapping.column(filter.column).quoted} IS NULL)`, args: [], exact: true };
    case "notNull":
      return { sql: `(${mapping.column(filter.column).quoted} IS NOT NULL)`, args: [], exact: true };
    case "in":
      return oneOf(mapping, mapping.column(filter.column), filter.values);
    case "jsonEq":
    case "jsonAbsent":
    case "contains":
    case "search":
      return mapping.dialect.jsonCondition(mapping.column(filter.column).quoted, filter);
    default:
      return comparison(mapping, filter);
  }
}

const operators = { eq: "=", ne: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

function comparison(
  mapping: TableMapping,
  filter: Extract<Filter, { value: EngineValue; op: keyof typeof operators }>,
) {
  const column = mapping.column(filter.column);
  const { op, value } = filter;
  if (value === null) return never;
  if (!canBeStored(column, value)) return op === "eq" ? never : op === "ne" ? notNull(column) : undefined;
  if (op !== "eq" && op !== "ne" && !column.storage.ordered) return undefined;
  if (column.storage.accepts?.(value) === false) return undefined;
  const compare = `${column.operand} ${operators[op]} ?`;
  const sql = column.isNullable ? `(${column.quoted} IS NOT NULL AND ${compare})` : `(${compare})`;
  return { sql, args: [mapping.compared(column, value)], exact: true };
}

const notNull = ({ quoted }: MappedColumn): Condition => ({ sql: `(${quoted} IS NOT NULL)`, args: [], exact: true });

function oneOf(mapping: TableMapping, column: MappedColumn, values: readonly EngineValue[]): Condition | undefined {
  const wanted = values.filter((value) => value !== null && canBeStored(column, value));
  if (wanted.length === 0) return never;
  if (wanted.length > maxListed) return undefined;
  if (!wanted.every((value) => column.storage.accepts?.(value) ?? true)) return undefined;
  const stored = wanted.map((value) => mapping.compared(column, value));
  const { jsonItems, maxParameters } = mapping.dialect;
  // Where parameters are few, a longer list is one of them.
  const asJson = jsonItems && stored.length > maxParameters / 10 && column.storage.throughJson;
  const items = asJson
    ? `SELECT ${jsonItems.item(0, column.storage)} FROM ${jsonItems.from}`
    : stored.map(() => "?").join(", ");
  const list = `${column.operand} IN (${items})`;
  const sql = column.isNullable ? `(${column.quoted} IS NOT NULL AND ${list})` : `(${list})`;
  return { sql, args: asJson ? [JSON.stringify(stored.map((value) => [value]))] : stored, exact: true };
}

/** Columns without an escape hold well-formed text without U+0000 only, and a driver would make something else of the rest. */
const canBeStored = ({ storage }: MappedColumn, value: EngineValue) =>
  typeof value !== "string" || storage.encode !== undefined || (value.isWellFormed() && !value.includes("\0"));

function join(all: readonly Condition[], operator: " AND " | " OR "): Condition {
  const [neutral, absorbing] = operator === " AND " ? [always, never] : [never, always];
  if (all.includes(absorbing)) return absorbing;
  const conditions = all.filter((condition) => condition !== neutral);
  if (conditions.length === 0) return neutral;
  if (conditions.length === 1) return conditions[0] as Condition;
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(operator)})`,
    args: conditions.flatMap(({ args }) => args),
    exact: conditions.every(({ exact }) => exact),
  };
}
