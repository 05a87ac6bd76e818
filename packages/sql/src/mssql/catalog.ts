import type { SqlRow, SqlValue, Statement } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { stampTable } from "../schema/stamp.ts";
import { fit, literal, quote } from "./names.ts";

export interface FoundColumn {
  readonly name: string;
  /** As a definition has it. */
  readonly type: string;
}

export interface FoundIndex {
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** Its predicate, without blanks, brackets and letters' case. */
  readonly predicate: string;
}

/** What the schema has of the tables asked about. */
export interface MssqlCatalog {
  readonly hasSchema: boolean;
  /** Columns by name, by name of table. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, FoundColumn>>;
  /** By table and name of index, as {@link indexId} makes of them. */
  readonly indexes: ReadonlyMap<string, FoundIndex>;
  readonly hasStamps: boolean;
  /** Format numbers by name of table; without the tables that somebody else made. */
  readonly stamps: ReadonlyMap<string, number>;
  /** Tables without a stamp that hold rows. */
  readonly foreign: ReadonlySet<string>;
}

export const nothing: MssqlCatalog = {
  hasSchema: false,
  tables: new Map(),
  indexes: new Map(),
  hasStamps: false,
  stamps: new Map(),
  foreign: new Set(),
};

export const stampName = (prefix: string): string => fit(stampTable(prefix));
export const stampReference = (schema: string, prefix: string): string =>
  `${quote(schema)}.${quote(stampName(prefix))}`;

/** Names of indexes are unique in their table only. */
export const indexId = (table: string, name: string): string => `${table}\0${name}`;

const ofTables =
  "o.[schema_id] = SCHEMA_ID(?) AND o.[type] = 'U' AND o.[name] COLLATE DATABASE_DEFAULT IN " +
  "(SELECT j.[value] COLLATE DATABASE_DEFAULT FROM OPENJSON(?) AS j)";

const columnsOf =
  "SELECT o.[name], c.[name], TYPE_NAME(c.[system_type_id]), c.[max_length], c.[precision], c.[scale] " +
  "FROM sys.objects AS o INNER JOIN sys.columns AS c ON c.[object_id] = o.[object_id] " +
  `WHERE ${ofTables} ORDER BY o.[name], c.[column_id]`;

const indexesOf =
  "SELECT o.[name], x.[name], x.[is_unique], x.[filter_definition], c.[name] FROM sys.objects AS o " +
  "INNER JOIN sys.indexes AS x ON x.[object_id] = o.[object_id] " +
  "INNER JOIN sys.index_columns AS k ON k.[object_id] = x.[object_id] AND k.[index_id] = x.[index_id] " +
  "INNER JOIN sys.columns AS c ON c.[object_id] = k.[object_id] AND c.[column_id] = k.[column_id] " +
  `WHERE ${ofTables} AND x.[name] IS NOT NULL AND x.[is_disabled] = 0 AND k.[key_ordinal] > 0 ` +
  "ORDER BY o.[name], x.[name], k.[key_ordinal]";

/** Reads the catalogue in one or two steps. Each `yield` is a list of reads that can be answered together. */
export function* readCatalog(
  mappings: readonly TableMapping[],
  { schema, prefix }: { readonly schema: string; readonly prefix: string },
): Generator<readonly Statement[], MssqlCatalog, readonly (readonly SqlRow[])[]> {
  const stamps = stampReference(schema, prefix);
  const names = JSON.stringify([...mappings.map(({ names: { table } }) => table), stampName(prefix)]);
  const [schemas = [], columnRows = [], indexRows = [], stampRows = []] = yield [
    { sql: "SELECT SCHEMA_ID(?)", args: [schema] },
    { sql: columnsOf, args: [schema, names] },
    { sql: indexesOf, args: [schema, names] },
    {
      // A table that is not there is no error in a branch that is not taken.
      sql:
        `IF OBJECT_ID(${literal(stamps)}, N'U') IS NULL SELECT N'' AS [name], 0 AS [format] WHERE 1 = 0 ` +
        `ELSE SELECT [name], [format] FROM ${stamps}`,
      args: [],
    },
  ];
  const tables = new Map<string, Map<string, FoundColumn>>();
  for (const [table, column, ...type] of columnRows) {
    const known = tables.get(table as string) ?? new Map<string, FoundColumn>();
    tables.set(table as string, known.set(column as string, { name: column as string, type: typeText(type) }));
  }
  const indexes = new Map<string, FoundIndex>();
  for (const [table, name, unique, predicate, column] of indexRows) {
    const id = indexId(table as string, name as string);
    const columns = [...(indexes.get(id)?.columns ?? []), column as string];
    indexes.set(id, { columns, unique: unique === 1, predicate: plainPredicate((predicate as string | null) ?? "") });
  }
  const formats = new Map(stampRows.map(([name, format]) => [name as string, format as number]));
  const unstamped = mappings.filter(
    ({ table, names: { table: name } }) => tables.has(name) && !formats.has(table.name),
  );
  const foreign = new Set<string>();
  if (unstamped.length > 0) {
    const answers = yield unstamped.map(({ quoted }) => ({ sql: `SELECT TOP (1) 1 FROM ${quoted}`, args: [] }));
    unstamped.forEach(({ table }, index) => {
      if ((answers[index]?.length ?? 0) > 0) foreign.add(table.name);
    });
  }
  return {
    hasSchema: schemas[0]?.[0] !== null,
    tables,
    indexes,
    hasStamps: tables.has(stampName(prefix)),
    stamps: formats,
    foreign,
  };
}

/** The type of a column as a definition has it, from its name, its most bytes (-1: any number), precision and scale. */
function typeText([name, bytes, precision, scale]: readonly SqlValue[]): string {
  const within = (size: unknown) => `${name}(${bytes === -1 ? "MAX" : size})`;
  switch (name) {
    case "nvarchar":
    case "nchar":
      return within(Number(bytes) / 2);
    case "varchar":
    case "char":
    case "varbinary":
    case "binary":
      return within(bytes);
    case "decimal":
    case "numeric":
      return `${name}(${precision}, ${scale})`;
    case "datetime2":
    case "datetimeoffset":
    case "time":
      return `${name}(${scale})`;
    // What the server counts by itself.
    case "timestamp":
      return "binary(8)";
    default:
      return String(name ?? "nvarchar(MAX)");
  }
}

export const plainPredicate = (text: string): string => text.replaceAll(/[\s()[\]]/g, "").toLowerCase();
