import type { AccessPath, Table } from "@stowage/core/engine";
import type { CreateIndexesOptions, Document, IndexSpecification } from "mongodb";
import type { MongoDBIndexConfig } from "./options.ts";

/** An index as it should be. */
export interface IndexPlan {
  readonly name: string;
  readonly keys: IndexSpecification;
  readonly options: CreateIndexesOptions;
  /** The caller's own: when it cannot be built, that is logged and no failure. */
  readonly isCustom: boolean;
}

const nameOf = (table: Table, columns: readonly string[], kind: "idx" | "key"): string =>
  [table.name, ...columns, kind].join("_").toLowerCase();

/** Name of the index behind a unique key. */
export const keyName = (table: Table, columns: readonly string[]): string => nameOf(table, columns, "key");

/** The index of a path: its equality columns, then its order, without what is fixed already. */
export function indexOfPath(table: Table, { eq, sort, order }: AccessPath): IndexPlan {
  const columns = [...eq, ...order.filter((column) => !eq.includes(column))];
  const keys = Object.fromEntries(columns.map((column) => [column, 1 as const]));
  return { name: nameOf(table, [...eq, ...sort], "idx"), keys, options: {}, isCustom: false };
}

/** BSON types by column type, for the condition that leaves out rows with a null. */
const bsonTypes: Readonly<Record<string, string>> = {
  text: "string",
  json: "string",
  bigint: "string",
  timestamp: "date",
  integer: "number",
  float: "number",
  boolean: "bool",
};

/** The index that keeps the values of a unique key apart; rows with a null among them are exempt. */
function uniqueIndex(table: Table, columns: readonly string[]): IndexPlan {
  const present: Document = {};
  for (const column of columns) {
    const { type, isNullable } = table.columns[column] ?? { type: "text", isNullable: false };
    if (isNullable) present[column] = { $type: bsonTypes[type] };
  }
  const isPartial = Object.keys(present).length > 0;
  return {
    name: keyName(table, columns),
    keys: Object.fromEntries(columns.map((column) => [column, 1 as const])),
    options: { unique: true, ...(isPartial && { partialFilterExpression: present }) },
    isCustom: false,
  };
}

/** The indexes of a table: those that keep values unique, those of its paths, and the caller's own. */
export function indexesOf(
  table: Table,
  { skipDefaultIndexes, indexes }: { skipDefaultIndexes: boolean; indexes: readonly MongoDBIndexConfig[] },
): IndexPlan[] {
  const plans = new Map<string, IndexPlan>();
  const add = (plan: IndexPlan) => {
    // The database takes no two indexes of the same fields either.
    const isThere = [...plans.values()].some(
      (other) => other.name === plan.name || signatureOf(other) === signatureOf(plan),
    );
    if (!isThere) plans.set(plan.name, plan);
  };
  for (const { columns } of table.unique) add(uniqueIndex(table, columns));
  for (const path of Object.values(table.paths)) {
    if (!skipDefaultIndexes && !path.onDemand) add(indexOfPath(table, path));
  }
  for (const { collection, keys, options = {} } of indexes) {
    if (collection !== table.name) continue;
    const name = options.name ?? `${table.name}_${fieldsOf(keys).join("_")}_custom_idx`.toLowerCase();
    add({ name, keys, options, isCustom: true });
  }
  return [...plans.values()];
}

/** The fields of any of the forms in which the driver takes keys. */
function fieldsOf(keys: IndexSpecification): string[] {
  if (typeof keys === "string") return [keys];
  if (keys instanceof Map) return [...keys.keys()].map(String);
  if (!Array.isArray(keys)) return Object.keys(keys);
  return keys.flatMap((part) => (Array.isArray(part) ? String(part[0]) : fieldsOf(part as IndexSpecification)));
}

/** What the stamp remembers of an index: another one under the same name is built anew. */
export const signatureOf = ({ keys, options }: IndexPlan): string =>
  JSON.stringify([keys instanceof Map ? [...keys] : keys, options]);
