import type { MysqlIndex, TableMapping } from "@stowage/sql";
import { columnPattern } from "./index-column.ts";
import type { CreateIndexOptions } from "./options.ts";

const quote = (name: string) => `\`${name.replaceAll("`", "``")}\``;

/** Characters of a text that an index of yours covers where you do not say how many. */
const usualLength = 191;

/** An index of the user's as SQL. The parts were checked when the options were. */
export function customIndex({ name, table, columns, unique, kind }: CreateIndexOptions): MysqlIndex {
  return {
    name,
    table,
    text(actual, mapping) {
      const list = columns.map((column) => part(column, mapping, kind !== undefined)).join(", ");
      const what = kind ? `${kind.toUpperCase()} INDEX` : unique ? "UNIQUE INDEX" : "INDEX";
      return `CREATE ${what} ${quote(actual)} ON ${mapping.quoted} (${list})`;
    },
  };
}

function part(text: string, { columns }: TableMapping, isWhole: boolean): string {
  const [, name = "", length, direction] = columnPattern.exec(text.trim()) ?? [];
  const isLong = columns.find((column) => column.name === name)?.storage.type === "LONGTEXT";
  // A text of any length has no index of the whole.
  const covered = length ?? (isLong && !isWhole ? usualLength : undefined);
  return `${quote(name)}${covered === undefined ? "" : `(${covered})`}${direction ? ` ${direction.toUpperCase()}` : ""}`;
}
