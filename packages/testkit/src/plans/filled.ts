import { type Engine, type EngineValue, type Row, type Table, upsert } from "@stowage/core/engine";
import type { ValueOf } from "./walks.ts";

const rowCount = 2000;
/** Column values that recur, so that a walk covers some dozens of rows among thousands. */
const kinds = 25;

/** The tables of all the domain classes that an adapter exports, each once. */
export function tablesOf(adapter: object): readonly Table[] {
  const tables = Object.values(adapter).flatMap((exported) =>
    typeof exported === "function" && "tables" in exported ? (exported.tables as readonly Table[]) : [],
  );
  return [...new Map(tables.map((table) => [table.name, table])).values()];
}

/** The value of a column in the row of that number. Columns that must differ from row to row do. */
export const filledValue: ValueOf = (table, column, n): EngineValue => {
  const { type, isNullable, isBase64 } = table.columns[column] as Table["columns"][string];
  const isKey = table.key.includes(column);
  const lastOf = [table.key, ...table.unique.map(({ columns }) => columns)].map((columns) => columns.at(-1));
  const differs = lastOf.includes(column);
  if (isNullable && !isKey && !differs && n % 10 === 9) return null;
  const value = differs ? n : n % kinds;
  switch (type) {
    case "text":
      return isBase64 ? btoa(`v${value}`) : `v${value}`;
    case "json":
      return `{"n":${value}}`;
    case "bigint":
      return BigInt(value);
    case "boolean":
      return n % 2 === 0;
    case "timestamp":
      return 1_700_000_000_000 + n * 1000;
    default:
      return value;
  }
};

/** Makes the tables and fills each with 2,000 rows: so many that an index pays for a planner that counts. */
export async function fillTables(engine: Engine, tables: readonly Table[]): Promise<void> {
  await engine.converge(tables);
  for (const table of tables) {
    const rows = Array.from({ length: rowCount }, (_, n) =>
      Object.fromEntries(table.columnNames.map((column) => [column, filledValue(table, column, n)])),
    );
    for (let from = 0; from < rowCount; from += 500) {
      await engine.write(rows.slice(from, from + 500).map((row) => upsert(table, row as Row<Table>)));
    }
  }
}
