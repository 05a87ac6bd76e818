import type { CustomIndex } from "@stowage/sql";
import type { CreateIndexOptions } from "./options.ts";

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** An index of the user's as SQL. The parts were checked when the options were. */
export function customIndex(options: CreateIndexOptions): CustomIndex {
  const { name, table, columns, unique, concurrent = true, where, method, opclass, storage, tablespace } = options;
  const list = columns.map((column) => {
    const [first = "", ...rest] = column.trim().split(/\s+/);
    return [quote(first), ...(opclass ? [opclass] : []), ...rest.map((word) => word.toUpperCase())].join(" ");
  });
  const parameters = Object.entries(storage ?? {}).map(([key, value]) => `${key} = ${parameter(value)}`);
  const tail = [
    ...(method ? [`USING ${method}`] : []),
    `(${list.join(", ")})`,
    ...(parameters.length > 0 ? [`WITH (${parameters.join(", ")})`] : []),
    ...(tablespace ? [`TABLESPACE ${quote(tablespace)}`] : []),
    ...(where ? [`WHERE ${where}`] : []),
  ].join(" ");
  const head = `CREATE ${unique ? "UNIQUE " : ""}INDEX ${concurrent ? "CONCURRENTLY " : ""}IF NOT EXISTS`;
  return { name, table, concurrent, text: (quoted, on) => `${head} ${quoted} ON ${on} ${tail}` };
}

const parameter = (value: string | number | boolean) =>
  typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
