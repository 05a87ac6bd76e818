import type { TableMapping } from "../mapping.ts";
import { indexId, type MssqlCatalog } from "./catalog.ts";
import { fit, quote } from "./names.ts";
import { unlessIndexed } from "./schema.ts";

/** An index that the user of a store asked for, beside those of the tables. */
export interface MssqlIndex {
  readonly name: string;
  /** Name of the logical table. */
  readonly table: string;
  /** Each with its direction. */
  readonly columns: readonly { readonly name: string; readonly descending: boolean }[];
  /** Columns that the index carries beside its order. */
  readonly include: readonly string[];
  readonly unique: boolean;
  /** Condition of a filtered index. */
  readonly where: string | undefined;
}

/** What is missing of the indexes asked for, by name. Those on tables that nobody here owns are passed over. */
export function missingCustom(
  indexes: readonly MssqlIndex[],
  mappings: readonly TableMapping[],
  catalog: MssqlCatalog,
  prefix: string,
): { readonly name: string; readonly sql: string }[] {
  return indexes.flatMap((index) => {
    const mapping = mappings.find(({ table }) => table.name === index.table);
    const name = fit(prefix + index.name);
    if (!mapping || catalog.indexes.has(indexId(mapping.names.table, name))) return [];
    return [{ name, sql: unlessIndexed(mapping.quoted, name, textOf(index, name, mapping)) }];
  });
}

function textOf({ columns, include, unique, where }: MssqlIndex, name: string, { quoted }: TableMapping): string {
  const list = columns.map((column) => quote(column.name) + (column.descending ? " DESC" : "")).join(", ");
  const carried = include.length > 0 ? ` INCLUDE (${include.map(quote).join(", ")})` : "";
  const filter = where === undefined ? "" : ` WHERE ${where}`;
  return `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${quoted} (${list})${carried}${filter}`;
}
