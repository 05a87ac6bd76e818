import type { MssqlIndex } from "@stowage/sql";
import type { CreateIndexOptions } from "./options.ts";

/** An index of the user's. The parts were checked when the options were. */
export const customIndex = ({ name, table, columns, include, unique, where }: CreateIndexOptions): MssqlIndex => ({
  name,
  table,
  columns: columns.map((column) => {
    const [first = "", direction = ""] = column.trim().split(/\s+/);
    return { name: first, descending: direction.toUpperCase() === "DESC" };
  }),
  include: include ?? [],
  unique: unique ?? false,
  where,
});

const known = ["name", "table", "columns", "include", "unique", "where"];

/** Options of other databases, which have no meaning here. */
export const unknownHints = (index: CreateIndexOptions): string[] =>
  Object.keys(index).filter((key) => !known.includes(key));
