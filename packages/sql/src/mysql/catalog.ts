import type { SqlRow, Statement } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { stampTable } from "../schema/stamp.ts";
import { fitName, quote } from "./dialect.ts";

export interface FoundIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** Covers the beginnings of some values only. */
  readonly isPartial: boolean;
}

export interface FoundColumn {
  readonly name: string;
  /** As a definition has it. */
  readonly type: string;
}

export interface FoundTable {
  /** By name, in lower case. */
  readonly columns: ReadonlyMap<string, FoundColumn>;
  /** By name, in lower case. */
  readonly indexes: ReadonlyMap<string, FoundIndex>;
}

/** What the database has of the tables asked about. */
export interface MysqlCatalog {
  table(name: string): FoundTable | undefined;
  readonly hasStamps: boolean;
  /** Format numbers by name of table; without the tables that somebody else made. */
  readonly stamps: ReadonlyMap<string, number>;
  /** Tables without a stamp that hold rows. */
  readonly foreign: ReadonlySet<string>;
}

/** What tells the tables of one store from all others on a server. */
export interface Place {
  /** Name of the database; absent: the session's own. */
  readonly database?: string | undefined;
  readonly prefix: string;
}

export const stampName = (prefix: string): string => fitName(stampTable(prefix));
export const stampReference = ({ database, prefix }: Place): string =>
  `${database === undefined ? "" : `${quote(database)}.`}${quote(stampName(prefix))}`;

/** The name under which a table of another library waits while it is taken over. */
export const adoptedName = (table: string): string => fitName(`${table}__adopted`);
/** A copy of that one whose rows have places. */
export const placedName = (table: string): string => fitName(`${table}__placed`);

interface Draft {
  readonly columns: Map<string, FoundColumn>;
  readonly indexes: Map<string, { name: string; columns: string[]; unique: boolean; isPartial: boolean }>;
}

/** Reads the catalogue in two or three steps. Each `yield` is a list of reads that can be answered together. */
export function* readCatalog(
  mappings: readonly TableMapping[],
  place: Place,
): Generator<readonly Statement[], MysqlCatalog, readonly (readonly SqlRow[])[]> {
  const tablesOf = ({ names: { table } }: TableMapping) => [table, adoptedName(table), placedName(table)];
  const names = [...mappings.flatMap(tablesOf), stampName(place.prefix)];
  const of = `TABLE_SCHEMA = ${place.database === undefined ? "DATABASE()" : "?"} AND TABLE_NAME IN (${names.map(() => "?").join(", ")})`;
  const args = place.database === undefined ? names : [place.database, ...names];
  const [setting = [], columns = [], parts = []] = yield [
    { sql: "SELECT @@lower_case_table_names", args: [] },
    {
      sql: `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE ${of} ORDER BY ORDINAL_POSITION`,
      args,
    },
    {
      sql: `SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE ${of} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
      args,
    },
  ];
  const key = (name: string) => (setting[0]?.[0] === 0 ? name : name.toLowerCase());
  const tables = new Map<string, Draft>();
  for (const [table = "", column = "", type = ""] of columns as string[][]) {
    const name = key(table);
    if (!tables.has(name)) tables.set(name, { columns: new Map(), indexes: new Map() });
    tables.get(name)?.columns.set(column.toLowerCase(), { name: column, type });
  }
  for (const [table, name, nonUnique, column, part] of parts) {
    const indexes = tables.get(key(table as string))?.indexes;
    const id = (name as string).toLowerCase();
    const found = indexes?.get(id) ?? { name: name as string, columns: [], unique: nonUnique === 0, isPartial: false };
    found.columns.push(column as string);
    if (part !== null) found.isPartial = true;
    indexes?.set(id, found);
  }
  const table = (name: string) => tables.get(key(name));
  const hasStamps = table(stampName(place.prefix)) !== undefined;
  const stamps = new Map<string, number>();
  if (hasStamps) {
    const [rows = []] = yield [{ sql: `SELECT \`name\`, \`format\` FROM ${stampReference(place)}`, args: [] }];
    for (const [name, format] of rows) stamps.set(name as string, format as number);
  }
  const unstamped = mappings.filter(({ table: { name }, names }) => table(names.table) && !stamps.has(name));
  const foreign = new Set<string>();
  if (unstamped.length > 0) {
    const answers = yield unstamped.map(({ quoted }) => ({ sql: `SELECT EXISTS (SELECT 1 FROM ${quoted})`, args: [] }));
    unstamped.forEach((mapping, index) => {
      if (answers[index]?.[0]?.[0] === 1) foreign.add(mapping.table.name);
    });
  }
  return { table, hasStamps, stamps, foreign };
}
