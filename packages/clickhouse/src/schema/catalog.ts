import { type CallOptions, isStorageError, type StoredSizes } from "@stowage/core/engine";
import type { Connection } from "../connection.ts";
import { quote, type TableMapping } from "../mapping.ts";
import { Parameters } from "../parameters.ts";
import { type Definitions, physicalColumns, shapeItem, shapeOf, stampTable } from "./definition.ts";

export interface CatalogTable {
  readonly rows: number;
  readonly columns: readonly string[];
  /** What the database calls the kind of the table. */
  readonly engine: string;
  /** Whether its rows have an end. */
  readonly hasTimeToLive: boolean;
}

/** What is there of what a declaration wants. */
export interface Catalog {
  readonly tables: ReadonlyMap<string, CatalogTable>;
  /** Facts noted about each table. */
  readonly stamps: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly hasStamps: boolean;
}

/**
 * Reads what is there: in one request where every table has the shape that its stamp notes, in three where one has not.
 * Only the stamps that come last count then: whoever has written rows had written the stamp before.
 */
export async function readCatalog(
  connection: Connection,
  mappings: readonly TableMapping[],
  of: Definitions,
  options: CallOptions,
): Promise<Catalog> {
  const noted = await readStamps(connection, mappings, of, options);
  if (noted) {
    const shaped = shapedTables(mappings, noted);
    if (shaped) return { tables: shaped, stamps: noted.stamps, hasStamps: true };
  }
  const tables = await readTables(connection, mappings, options);
  const last = await readStamps(connection, mappings, of, options);
  return { tables, stamps: last?.stamps ?? new Map(), hasStamps: last !== undefined };
}

interface Noted {
  readonly stamps: Catalog["stamps"];
  /** Of the tables that are there their kinds, and their rows, versions that are not merged yet included. */
  readonly found: ReadonlyMap<string, Omit<CatalogTable, "columns">>;
}

/** The stamps and the sizes of the tables; `undefined` before the first stamp. */
async function readStamps(
  connection: Connection,
  mappings: readonly TableMapping[],
  of: Definitions,
  options: CallOptions,
): Promise<Noted | undefined> {
  const parameters = new Parameters();
  const names = parameters.texts(mappings.map(({ name }) => name));
  const sql =
    `SELECT 1, name, item, value, 0 FROM ${quote(stampTable(of))} FINAL UNION ALL ` +
    `SELECT 0, name, engine_full, '', ifNull(total_rows, 0) FROM system.tables WHERE database = currentDatabase() AND name IN ${names}`;
  const found = await connection.rows({ sql, parameters }, options).catch((error: unknown) => {
    if (isStorageError(error) && error.code === "not_initialised") return undefined;
    throw error;
  });
  if (!found) return undefined;
  const stamps = new Map<string, Map<string, string>>();
  const tables = new Map<string, Omit<CatalogTable, "columns">>();
  for (const [isStamp, name, item, value, rows] of found as [number, string, string, string, number][]) {
    if (!isStamp) tables.set(name, { ...kindOf(item), rows });
    else stamps.set(name, (stamps.get(name) ?? new Map<string, string>()).set(item, value));
  }
  return { stamps, found: tables };
}

/** What the definition of a table's kind says, from the name on. */
const kindOf = (definition: string): Pick<CatalogTable, "engine" | "hasTimeToLive"> => ({
  engine: /^\w*/.exec(definition)?.[0] ?? "",
  hasTimeToLive: definition.includes(" TTL "),
});

/** The tables, when all of them are there and have the columns that this release gives them and no others. */
function shapedTables(
  mappings: readonly TableMapping[],
  { stamps, found }: Noted,
): Map<string, CatalogTable> | undefined {
  const tables = new Map<string, CatalogTable>();
  for (const mapping of mappings) {
    const table = found.get(mapping.name);
    if (table === undefined || stamps.get(mapping.table.name)?.get(shapeItem) !== shapeOf(mapping)) return undefined;
    tables.set(mapping.name, { ...table, columns: physicalColumns(mapping) });
  }
  return tables;
}

async function readTables(connection: Connection, mappings: readonly TableMapping[], options: CallOptions) {
  const parameters = new Parameters();
  const names = parameters.texts(mappings.map(({ name }) => name));
  const found = await connection.rows(
    {
      sql:
        "SELECT t.name, t.engine_full, ifNull(t.total_rows, 0), groupArray(c.name) FROM system.tables AS t " +
        "LEFT JOIN system.columns AS c ON c.database = t.database AND c.table = t.name " +
        `WHERE t.database = currentDatabase() AND t.name IN ${names} GROUP BY 1, 2, 3`,
      parameters,
    },
    options,
  );
  return new Map(
    found.map(([name, engine, rows, columns]) => [
      name as string,
      { ...kindOf(engine as string), rows: rows as number, columns: columns as string[] },
    ]),
  );
}

/** How many rows tables have, versions that are not merged yet included. */
export async function readRows(connection: Connection, names: readonly string[]): Promise<Map<string, number>> {
  const parameters = new Parameters();
  const found = await connection.rows({
    sql:
      "SELECT name, ifNull(total_rows, 0) FROM system.tables " +
      `WHERE database = currentDatabase() AND name IN ${parameters.texts(names)}`,
    parameters,
  });
  return new Map(found.map(([name, rows]) => [name as string, rows as number]));
}

/** What tables take, by their logical names; `names` has those by the stored ones. */
export async function readSizes(
  connection: Connection,
  names: ReadonlyMap<string, string>,
  options?: CallOptions,
): Promise<StoredSizes["tables"]> {
  const parameters = new Parameters();
  const found = await connection.rows(
    {
      sql:
        "SELECT name, ifNull(total_bytes, 0), ifNull(total_rows, 0) FROM system.tables " +
        `WHERE database = currentDatabase() AND name IN ${parameters.texts([...names.keys()])}`,
      parameters,
    },
    options,
  );
  return new Map(
    found.map(([name, bytes, rows]) => [
      names.get(name as string) as string,
      { bytes: Number(bytes), rows: Number(rows) },
    ]),
  );
}
