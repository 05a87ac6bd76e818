import type { ColumnType } from "../../engine/column.ts";
import type { Table } from "../../engine/table.ts";

/** One column as the exported `*_SCHEMA` maps describe it. */
export interface ColumnSchema {
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly primaryKey?: true;
}

/** The columns of a table as plain data, for tools that look at the database themselves. */
export function schemaOf<T extends Table>(table: T): Readonly<Record<keyof T["columns"] & string, ColumnSchema>> {
  const columns = table.columnNames.map((name): [string, ColumnSchema] => {
    const column = table.columns[name] as { type: ColumnType; isNullable: boolean };
    const isKey = table.key.includes(name);
    return [
      name,
      Object.freeze({ type: column.type, nullable: column.isNullable, ...(isKey && { primaryKey: true }) }),
    ];
  });
  return Object.freeze(Object.fromEntries(columns)) as Readonly<Record<keyof T["columns"] & string, ColumnSchema>>;
}
