import { type CallOptions, isStorageError } from "@stowage/core/engine";
import type { Connection } from "../connection.ts";
import { quote, type TableMapping } from "../mapping.ts";
import { Parameters } from "../parameters.ts";
import { type Definitions, stampTable } from "./definition.ts";

export interface CatalogTable {
  readonly rows: number;
  readonly columns: readonly string[];
}

/** What is there of what a declaration wants. */
export interface Catalog {
  readonly tables: ReadonlyMap<string, CatalogTable>;
  /** Facts noted about each table. */
  readonly stamps: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly hasStamps: boolean;
}

/** Reads the catalogue in two requests. The stamps come last: whoever has written rows had written the stamp before. */
export async function readCatalog(
  connection: Connection,
  mappings: readonly TableMapping[],
  of: Definitions,
  options: CallOptions,
): Promise<Catalog> {
  const parameters = new Parameters();
  const names = parameters.texts(mappings.map(({ name }) => name));
  const found = await connection.rows(
    {
      sql:
        "SELECT t.name, ifNull(t.total_rows, 0), groupArray(c.name) FROM system.tables AS t " +
        "LEFT JOIN system.columns AS c ON c.database = t.database AND c.table = t.name " +
        `WHERE t.database = currentDatabase() AND t.name IN ${names} GROUP BY 1, 2`,
      parameters,
    },
    options,
  );
  const tables = new Map(
    found.map(([name, rows, columns]) => [name as string, { rows: rows as number, columns: columns as string[] }]),
  );
  const stamps = new Map<string, Map<string, string>>();
  const noted = await readStamps(connection, of, options);
  for (const [name, item, value] of noted ?? []) {
    const items = stamps.get(name as string) ?? new Map<string, string>();
    stamps.set(name as string, items.set(item as string, value as string));
  }
  return { tables, stamps, hasStamps: noted !== undefined };
}

async function readStamps(connection: Connection, of: Definitions, options: CallOptions) {
  try {
    const sql = `SELECT name, item, value FROM ${quote(stampTable(of))} FINAL`;
    return await connection.rows({ sql, parameters: new Parameters() }, options);
  } catch (error) {
    if (isStorageError(error) && error.code === "not_initialised") return undefined;
    throw error;
  }
}

/** How many rows tables have, versions that are not merged yet included. */
export async function readSizes(connection: Connection, names: readonly string[]): Promise<Map<string, number>> {
  const parameters = new Parameters();
  const found = await connection.rows({
    sql:
      "SELECT name, ifNull(total_rows, 0) FROM system.tables " +
      `WHERE database = currentDatabase() AND name IN ${parameters.texts(names)}`,
    parameters,
  });
  return new Map(found.map(([name, rows]) => [name as string, rows as number]));
}
