import {
  type Aggregate,
  type AggregateFunction,
  type AggregateResult,
  Aggregator,
  compareTuples,
  type EngineValue,
  type GroupBy,
} from "@stowage/core/engine";
import type { ResultRow } from "../connection.ts";
import { quoteText, type TableMapping } from "../mapping.ts";
import { isEscaped } from "../text.ts";
import type { Reader } from "./reader.ts";
import { RowReader } from "./rows.ts";
import { WalkPlan } from "./walk.ts";

/** Numbers over a walk: by the database where it computes what the shared aggregator would, else by that. */
export async function readAggregate(mapping: TableMapping, op: Aggregate, reader: Reader): Promise<AggregateResult> {
  const parameters = reader.parameters();
  const plan = new WalkPlan(mapping, op, parameters, reader);
  if (plan.isEmpty) return new Aggregator(op).result();
  const source = plan.whole(parameters, reader);
  const from = typeof source === "string" ? source : await source;
  const native = reader.native && !plan.test ? nativeForm(mapping, op) : undefined;
  if (native) {
    const groups: ResultRow[] = [];
    await reader.stream({ sql: native.statement(from), parameters }, (row) => groups.push(row) > 0);
    if (groups.every(native.isTrusted)) {
      return { groups: groups.map(native.read).sort((a, b) => compareTuples(a.group, b.group)) };
    }
  }
  const aggregator = new Aggregator(op);
  const rows = new RowReader(mapping, [...Aggregator.columns(op), ...plan.residualColumns]);
  await reader.stream({ sql: `SELECT ${rows.list.join(", ")} ${from}`, parameters }, (values) => {
    const row = rows.read(values);
    if (!plan.test || plan.test(row)) aggregator.add(row);
    return true;
  });
  return aggregator.result();
}

/** A group or measure in SQL. */
interface Form {
  readonly sql: string;
  decode(value: unknown): EngineValue;
  /** SQL that is true of a row over which the database would come to another result. */
  readonly unless?: string;
}

const asIs = (value: unknown) => value as EngineValue;

interface NativeForm {
  statement(from: string): string;
  isTrusted(row: ResultRow): boolean;
  read(row: ResultRow): AggregateResult["groups"][number];
}

/** The aggregate in SQL, or `undefined` when a group or measure has no exact form there. */
function nativeForm(mapping: TableMapping, op: Aggregate): NativeForm | undefined {
  const groups = (op.groupBy ?? []).map((by) => groupForm(mapping, by));
  const names = Object.keys(op.measures);
  const measures = Object.values(op.measures).map((measure) => measureForm(mapping, measure));
  const forms = [...groups, ...measures];
  if (!forms.every((form) => form !== undefined)) return undefined;
  const [groupForms, measureForms] = [forms.slice(0, groups.length), forms.slice(groups.length)];
  const unless = forms.flatMap((form) => form.unless ?? []);
  const guard = unless.length > 0 ? `max(${unless.join(" OR ")})` : "0";
  const by = groupForms.map((_, index) => index + 1).join(", ");
  return {
    statement: (from) =>
      `SELECT ${[...forms.map(({ sql }) => sql), guard].join(", ")} ${from}${by && ` GROUP BY ${by}`}`,
    isTrusted: (row) => row[forms.length] !== 1 && row[forms.length] !== true,
    read: (row) => ({
      group: groupForms.map(({ decode }, index) => decode(row[index])),
      values: Object.fromEntries(
        measureForms.map(({ decode }, index) => [
          names[index] as string,
          decode(row[groupForms.length + index]) as number | string | null,
        ]),
      ),
    }),
  };
}

function groupForm(mapping: TableMapping, by: GroupBy): Form | undefined {
  const { type, select, decode, quoted } = mapping.column(by.column);
  if ("bucket" in by) {
    if (type === "bigint" || type === "text" || !(by.bucket > 0)) return undefined;
    return { sql: `floor(${select} / ${Number(by.bucket)}) * ${Number(by.bucket)}`, decode: asIs };
  }
  if (!("member" in by)) return { sql: select, decode };
  const text = `ifNull(${quoted}, 'null')`;
  const member = quoteText(by.member.replaceAll("\0", ""));
  if (by.member.includes("\0") || !by.member.isWellFormed()) return undefined;
  return {
    sql: `if(JSONType(${text}, ${member}) = 'String', JSONExtractString(${text}, ${member}), NULL)`,
    decode: asIs,
    // A lone surrogate cannot be said here, and JSON too deep is not read.
    unless: `position(${text}, '\\\\ud') > 0 OR NOT isValidJSON(${text})`,
  };
}

function measureForm(mapping: TableMapping, measure: AggregateFunction): Form | undefined {
  if (measure.fn === "count") return { sql: "count()", decode: asIs };
  const { type, select, decode, quoted, operand, nullable } = mapping.column(measure.column);
  const isText = type === "text";
  const escaped = isText ? { unless: `ifNull(${isEscaped(quoted)}, 0)` } : {};
  switch (measure.fn) {
    case "countDistinct":
      return { sql: `uniqExact(${quoted})`, decode: asIs };
    case "min":
    case "max":
      if (type === "bigint" || type === "boolean" || type === "json") return undefined;
      return { sql: `${measure.fn}OrNull(${select})`, decode, ...escaped };
    case "sum":
    case "avg": {
      if (type !== "float" && type !== "integer") return undefined;
      const sum = type === "float" ? `sumKahanOrNull(${select})` : `toFloat64(sumOrNull(${select}))`;
      return { sql: measure.fn === "sum" ? sum : `${sum} / count(${quoted})`, decode: asIs };
    }
    case "quantile": {
      if (!["float", "integer", "timestamp"].includes(type) || !(measure.p >= 0 && measure.p <= 1)) return undefined;
      return { sql: `quantileExactInclusiveOrNull(${Number(measure.p)})(toFloat64(${select}))`, decode: asIs };
    }
    case "last": {
      const by = mapping.column(measure.by);
      if (by.nullable || by.type === "json" || type === "bigint" || type === "boolean") return undefined;
      const place = [by, ...mapping.key].map((column) => column.quoted).join(", ");
      const value = nullable ? mapping.column(measure.column).storage.select(operand) : select;
      const found = nullable ? `isNotNull(${quoted})` : "1";
      const unless = by.type === "text" ? { unless: isEscaped(by.quoted) } : {};
      return { sql: `argMaxOrNullIf(${value}, tuple(${place}), ${found})`, decode, ...unless };
    }
  }
}
