import { revision, type TableMapping } from "../mapping.ts";
import type { IndexPlan } from "../naming.ts";

/** The columns of a table, the revision last, each with its type. */
export function columnDefinitions({ dialect, columns }: TableMapping): { name: string; definition: string }[] {
  return [
    ...columns.map(({ name, quoted, storage, isNullable }) => ({
      name,
      definition: `${quoted} ${storage.type}${isNullable ? "" : " NOT NULL"}`,
    })),
    { name: revision, definition: `${dialect.quote(revision)} INTEGER NOT NULL` },
  ];
}

/** The text that makes the table; `extra`: definitions of columns that are not declared. */
export function createTable(mapping: TableMapping, name = mapping.names.table, extra: readonly string[] = []): string {
  const { dialect, table } = mapping;
  const columns = [...columnDefinitions(mapping).map(({ definition }) => definition), ...extra];
  const key = table.key.map((column) => dialect.quote(column)).join(", ");
  return `CREATE TABLE IF NOT EXISTS ${dialect.quote(name)} (${columns.join(", ")}, PRIMARY KEY (${key}))`;
}

export const createIndex = (mapping: TableMapping, plan: IndexPlan): string =>
  indexText(mapping, plan, "IF NOT EXISTS ");

/** The text of an index as SQLite keeps it. */
export const storedIndex = (mapping: TableMapping, plan: IndexPlan): string => indexText(mapping, plan, "");

function indexText({ dialect, quoted }: TableMapping, plan: IndexPlan, condition: string): string {
  const columns = plan.columns.map((column) => dialect.quote(column)).join(", ");
  const where = plan.sparse.map((column) => `${dialect.quote(column)} IS NOT NULL`).join(" AND ");
  const kind = plan.unique ? "UNIQUE INDEX" : "INDEX";
  return `CREATE ${kind} ${condition}${dialect.quote(plan.name)} ON ${quoted} (${columns})${where && ` WHERE ${where}`}`;
}
