import type { SqlRow, Statement } from "../connection.ts";
import type { Dialect } from "../dialect.ts";
import type { TableMapping } from "../mapping.ts";
import { guardTable } from "../write/guard.ts";
import { selectStamps, stampTable } from "./stamp.ts";

export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** Place in the primary key from 1; 0 when it is not in it. */
  readonly keyPart: number;
}

export interface CatalogTable {
  readonly name: string;
  readonly columns: readonly CatalogColumn[];
}

/** What the database has of the tables asked about. Names are as stored; look-ups do not mind their case. */
export interface Catalog {
  /** By lower-case name. */
  readonly tables: ReadonlyMap<string, CatalogTable>;
  /** Text of each index by lower-case name. */
  readonly indexes: ReadonlyMap<string, { readonly name: string; readonly sql: string }>;
  /** Format numbers by name of table; without the tables that somebody else made. */
  readonly stamps: ReadonlyMap<string, number>;
  readonly hasStamps: boolean;
  readonly hasGuard: boolean;
  /** Tables without a stamp that hold rows. */
  readonly foreign: ReadonlySet<string>;
}

/** Reads the catalogue in two or three steps. Each `yield` is a list of reads that can be answered together. */
export function* readCatalog(
  mappings: readonly TableMapping[],
  dialect: Dialect,
  prefix: string,
): Generator<readonly Statement[], Catalog, readonly (readonly SqlRow[])[]> {
  const names = JSON.stringify([
    ...mappings.map(({ names: { table } }) => table.toLowerCase()),
    stampTable(prefix),
    guardTable(prefix),
  ]);
  const wanted = "lower(m.tbl_name) IN (SELECT lower(value) FROM json_each(?))";
  const [objects = [], columns = []] = yield [
    { sql: `SELECT m.type, m.name, m.sql FROM sqlite_master AS m WHERE ${wanted}`, args: [names] },
    {
      sql:
        `SELECT m.name AS "table", c.name, c.type, c."notnull", c.pk FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c ` +
        `WHERE m.type = 'table' AND ${wanted}`,
      args: [names],
    },
  ];
  const tables = new Map<string, { name: string; columns: CatalogColumn[] }>();
  const indexes = new Map<string, { name: string; sql: string }>();
  for (const [type, name, sql] of objects as string[][]) {
    if (type === "table") tables.set(lower(name), { name: name as string, columns: [] });
    else if (type === "index" && sql) indexes.set(lower(name), { name: name as string, sql });
  }
  for (const [table, name, type, notNull, keyPart] of columns) {
    const column = { name: name as string, type: type as string, notNull: notNull !== 0, keyPart: keyPart as number };
    tables.get(lower(table as string))?.columns.push(column);
  }
  const hasStamps = tables.has(lower(stampTable(prefix)));
  const stamps = new Map<string, number>();
  if (hasStamps) {
    const [rows = []] = yield [selectStamps(dialect, prefix)];
    for (const [name, format] of rows) stamps.set(name as string, format as number);
  }
  const unstamped = mappings.filter(
    ({ table, names: { table: name } }) => tables.has(lower(name)) && !stamps.has(table.name),
  );
  const foreign = new Set<string>();
  if (unstamped.length > 0) {
    const answers = yield unstamped.map(({ quoted }) => ({ sql: `SELECT EXISTS (SELECT 1 FROM ${quoted})`, args: [] }));
    unstamped.forEach(({ table }, index) => {
      if (answers[index]?.[0]?.[0] === 1) foreign.add(table.name);
    });
  }
  return { tables, indexes, stamps, hasStamps, hasGuard: tables.has(lower(guardTable(prefix))), foreign };
}

const lower = (name: string | undefined) => (name ?? "").toLowerCase();
