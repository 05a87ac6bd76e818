import {
  type Aggregate,
  type AggregateFunction,
  type AggregateResult,
  Aggregator,
  compareTuples,
  type EngineValue,
  type GroupBy,
} from "@stowage/core/engine";
import type { SqlRow, SqlValue } from "../connection.ts";
import type { MappedColumn } from "../mapped-column.ts";
import type { TableMapping } from "../mapping.ts";
import type { WalkOptions } from "./find.ts";
import { PagedWalk } from "./paged-walk.ts";
import { type Reading, settled } from "./reading.ts";
import { WalkPlan } from "./walk.ts";

/** Numbers over a walk: by the database where it computes exactly what the shared aggregator would, else by that. */
export function readAggregate(mapping: TableMapping, op: Aggregate, options: WalkOptions): Reading {
  const plan = new WalkPlan(mapping, op, { path: mapping.path(op.path), nativeFilter: options.nativeFilter });
  const native = options.nativeAggregate && !plan.residual ? nativeForm(mapping, op) : undefined;
  if (plan.branches.length === 0 || !native || !plan.isOneStatement) {
    const aggregator = new Aggregator(op);
    return new PagedWalk(plan, {
      columns: Aggregator.columns(op),
      firstPage: options.scanPage,
      largestPage: options.scanPage,
      visit(row) {
        aggregator.add(row);
        return true;
      },
      finish: () => aggregator.result(),
    });
  }
  const source = plan.select(native.columns.length > 0 ? native.columns : ["1"], { unordered: true });
  const { groupsByExpression } = mapping.dialect;
  const groups = native.groups.map((sql, index) => (groupsByExpression ? sql : index + 1)).join(", ");
  const statements = source.map(({ sql, args }) => ({
    sql: `SELECT ${[...native.groups, ...native.measures].map(named).join(", ")} FROM (${sql}) AS w${groups && ` GROUP BY ${groups}`}`,
    args,
  }));
  return settled(
    statements,
    ([rows = []]): AggregateResult => ({
      groups: rows.map(native.read).sort((a, b) => compareTuples(a.group, b.group)),
    }),
  );
}

/** Some connections give rows as objects, so no two columns may have one name. */
const named = (sql: string, index: number) => `${sql} AS c${index}`;

interface NativeForm {
  readonly columns: readonly string[];
  readonly groups: readonly string[];
  readonly measures: readonly string[];
  read(row: SqlRow): AggregateResult["groups"][number];
}

type Decode = (value: SqlValue) => EngineValue;

/** The aggregate in SQL, or `undefined` when a group or measure has no exact form there. */
function nativeForm(mapping: TableMapping, op: Aggregate): NativeForm | undefined {
  const groups = (op.groupBy ?? []).map((by) => groupForm(mapping, by));
  const measures = Object.entries(op.measures).map(([name, measure]) => ({
    name,
    form: measureForm(mapping, measure),
  }));
  if (groups.includes(undefined) || measures.some(({ form }) => !form)) return undefined;
  const known = groups as { sql: string; decode: Decode }[];
  const forms = measures as { name: string; form: { sql: string; decode: Decode } }[];
  const columns = new Set<string>();
  for (const { column } of op.groupBy ?? []) columns.add(readForm(mapping.column(column)));
  for (const measure of Object.values(op.measures)) {
    if ("column" in measure) columns.add(readForm(mapping.column(measure.column)));
  }
  return {
    columns: [...columns],
    groups: known.map(({ sql }) => sql),
    measures: forms.map(({ form }) => form.sql),
    read: (row) => ({
      group: known.map(({ decode }, index) => decode(row[index] as SqlValue)),
      values: Object.fromEntries(
        forms.map(({ name, form }, index) => [
          name,
          form.decode(row[known.length + index] as SqlValue) as number | string | null,
        ]),
      ),
    }),
  };
}

/** What is read of a column, under its name. */
const readForm = ({ selected, quoted }: MappedColumn) => (selected === quoted ? quoted : `${selected} AS ${quoted}`);

function groupForm(mapping: TableMapping, by: GroupBy): { sql: string; decode: Decode } | undefined {
  const { quoted, operand, storage } = mapping.column(by.column);
  if ("member" in by) return undefined;
  if ("bucket" in by) {
    if (!Number.isSafeInteger(by.bucket) || by.bucket <= 0) return undefined;
    return { sql: mapping.dialect.bucket(quoted, by.bucket), decode: asIs };
  }
  return { sql: operand, decode: orNull(storage.decode) };
}

/** The value of the last row needs an order of its own. */
function measureForm(mapping: TableMapping, measure: AggregateFunction): { sql: string; decode: Decode } | undefined {
  if (measure.fn === "count") return { sql: mapping.dialect.countRows ?? "count(*)", decode: asIs };
  if (measure.fn === "last") return undefined;
  const { operand, storage, type } = mapping.column(measure.column);
  const isEdge = measure.fn === "min" || measure.fn === "max";
  if (isEdge && !storage.ordered) return undefined;
  const sql = mapping.dialect.measure(measure, operand, type);
  return sql === undefined ? undefined : { sql, decode: isEdge ? orNull(storage.decode) : asIs };
}

const asIs: Decode = (value) => value;
const orNull =
  (decode: Decode | undefined): Decode =>
  (value) =>
    value === null || !decode ? value : decode(value);
