import {
  type Aggregate,
  type AggregateFunction,
  type AggregateResult,
  compareTuples,
  type EngineValue,
  type GroupBy,
} from "@stowage/core/engine";
import type { Document } from "mongodb";
import { numberOf, type TableMapping } from "./mapping.ts";
import { collectionOf, type Reach, readOptions } from "./reading.ts";

/** Whether the database computes these numbers as the shared aggregator does, and without holding a whole group at once. */
export function canAggregate(mapping: TableMapping, { measures, groupBy = [] }: Aggregate): boolean {
  return (
    groupBy.every((by) => !("member" in by)) &&
    Object.values(measures).every((measure) => {
      switch (measure.fn) {
        case "count":
          return true;
        case "sum":
        case "avg":
          return ["integer", "float"].includes(mapping.typeOf(measure.column));
        case "min":
        case "max":
          return mapping.comparesAsIs(measure.column);
        case "last":
          return mapping.comparesAsIs(measure.by);
        default:
          return false;
      }
    })
  );
}

/** The groups of an aggregate, computed by the database. */
export async function readGroups(reach: Reach, op: Aggregate, matches: readonly Document[]): Promise<AggregateResult> {
  const mapping = reach.mappingOf(op.table);
  const { groupBy = [], table } = op;
  // Names of the caller's may hold anything.
  const measures = Object.entries(op.measures).map(([name, measure], index) => ({ name, measure, field: `m${index}` }));
  const group: Document = {
    _id: groupBy.length > 0 ? Object.fromEntries(groupBy.map((by, index) => [`g${index}`, groupValue(by)])) : null,
  };
  for (const { measure, field } of measures) Object.assign(group, accumulators(measure, field, table.key));
  const collection = await collectionOf(reach, table);
  const documents = await collection
    .aggregate<Document>([...matches, { $group: group }], { ...readOptions(reach), allowDiskUse: true })
    .toArray();
  if (groupBy.length === 0 && documents.length === 0) documents.push({ _id: null });
  const groups = documents.map((document) => ({
    group: groupBy.map((by, index) => decodeGroup(mapping, by, document._id[`g${index}`])),
    values: Object.fromEntries(
      measures.map(({ name, measure, field }) => [name, decodeMeasure(mapping, measure, document, field)]),
    ),
  }));
  return { groups: groups.sort((a, b) => compareTuples(a.group, b.group)) };
}

const orNull = (column: string) => ({ $ifNull: [`$${column}`, null] });
const isThere = (column: string) => ({ $gt: [`$${column}`, null] });

function groupValue(by: GroupBy): unknown {
  if (!("bucket" in by)) return orNull(by.column);
  const milliseconds = { $toLong: `$${by.column}` };
  const floored = { $multiply: [{ $floor: { $divide: [milliseconds, by.bucket] } }, by.bucket] };
  return { $cond: [isThere(by.column), floored, null] };
}

function accumulators(measure: AggregateFunction, field: string, key: readonly string[]): Document {
  switch (measure.fn) {
    case "sum":
    case "avg":
      return {
        [field]: { $sum: `$${measure.column}` },
        [`${field}n`]: { $sum: { $cond: [isThere(measure.column), 1, 0] } },
      };
    case "min":
      return { [field]: { $min: `$${measure.column}` } };
    case "max":
      return { [field]: { $max: `$${measure.column}` } };
    case "last": {
      // Documents compare field by field, in their order.
      const place = Object.fromEntries([measure.by, ...key].map((column, index) => [`p${index}`, orNull(column)]));
      return { [field]: { $max: { $cond: [isThere(measure.column), { ...place, v: `$${measure.column}` }, null] } } };
    }
    default:
      return { [field]: { $sum: 1 } };
  }
}

function decodeGroup(mapping: TableMapping, by: GroupBy, value: unknown): EngineValue {
  if (value === undefined || value === null) return null;
  return "bucket" in by ? numberOf(value) : mapping.decode(by.column, value);
}

function decodeMeasure(
  mapping: TableMapping,
  measure: AggregateFunction,
  document: Document,
  field: string,
): number | string | null {
  const value = document[field];
  switch (measure.fn) {
    case "sum":
    case "avg": {
      const n = numberOf(document[`${field}n`] ?? 0);
      if (n === 0) return null;
      return measure.fn === "sum" ? numberOf(value) : numberOf(value) / n;
    }
    case "min":
    case "max":
      return mapping.decode(measure.column, value) as number | string | null;
    case "last":
      return value ? (mapping.decode(measure.column, value.v) as number | string | null) : null;
    default:
      return numberOf(value ?? 0);
  }
}
