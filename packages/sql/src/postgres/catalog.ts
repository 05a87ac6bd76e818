import type { SqlRow, Statement } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { stampTable } from "../schema/stamp.ts";
import { fitName, quote } from "./dialect.ts";

export interface FoundIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** Its predicate, without blanks, brackets and quotes. */
  readonly predicate: string;
  readonly isValid: boolean;
  /** Somebody is at it right now. */
  readonly isBuilding: boolean;
}

export interface FoundTable {
  /** Types by name. */
  readonly columns: ReadonlyMap<string, string>;
}

/** What the schema has of the tables asked about. */
export interface PostgresCatalog {
  readonly hasSchema: boolean;
  readonly tables: ReadonlyMap<string, FoundTable>;
  readonly indexes: ReadonlyMap<string, FoundIndex>;
  readonly hasStamps: boolean;
  /** Format numbers by name of table; without the tables that somebody else made. */
  readonly stamps: ReadonlyMap<string, number>;
  /** Tables without a stamp that hold rows. */
  readonly foreign: ReadonlySet<string>;
  /** Whether the server was built with the quicker way to compress. Looked for when a table is missing. */
  readonly hasLz4: boolean;
}

export const stampName = (prefix: string): string => fitName(stampTable(prefix));
export const stampReference = (schema: string, prefix: string): string =>
  `${quote(schema)}.${quote(stampName(prefix))}`;

const columnsOf = `SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
AND c.relname IN (SELECT value FROM json_array_elements_text(?::json)) ORDER BY a.attnum`;

const indexesOf = `SELECT i.relname, x.indisunique, x.indisvalid AND x.indisready, coalesce(pg_catalog.pg_get_expr(x.indpred, x.indrelid), ''),
(SELECT json_agg(a.attname ORDER BY k.n)::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(attnum, n)
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.attnum),
EXISTS (SELECT 1 FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.index_relid = x.indexrelid)
FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = i.relnamespace
WHERE n.nspname = ? AND i.relname IN (SELECT value FROM json_array_elements_text(?::json))`;

const lz4 = "SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)";

/** Reads the catalogue in two or three steps. Each `yield` is a list of reads that can be answered together. */
export function* readCatalog(
  mappings: readonly TableMapping[],
  { schema, prefix, indexNames }: { schema: string; prefix: string; indexNames: readonly string[] },
): Generator<readonly Statement[], PostgresCatalog, readonly (readonly SqlRow[])[]> {
  const names = JSON.stringify([...mappings.map(({ names: { table } }) => table), stampName(prefix)]);
  const [schemas = [], columns = [], indexRows = []] = yield [
    { sql: "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", args: [schema] },
    { sql: columnsOf, args: [schema, names] },
    { sql: indexesOf, args: [schema, JSON.stringify(indexNames)] },
  ];
  const tables = new Map<string, { columns: Map<string, string> }>();
  for (const [table, column, type] of columns as [string, string, string][]) {
    const found = tables.get(table);
    if (found) found.columns.set(column, type);
    else tables.set(table, { columns: new Map([[column, type]]) });
  }
  const indexes = new Map<string, FoundIndex>();
  for (const [name, unique, isValid, predicate, list, isBuilding] of indexRows) {
    indexes.set(name as string, {
      name: name as string,
      columns: JSON.parse((list as string | null) ?? "[]") as string[],
      unique: unique === 1,
      predicate: plainPredicate(predicate as string),
      isValid: isValid === 1,
      isBuilding: isBuilding === 1,
    });
  }
  const hasStamps = tables.has(stampName(prefix));
  const stamps = new Map<string, number>();
  const isComplete = mappings.every(({ names: { table } }) => tables.has(table));
  const asked = [
    ...(hasStamps ? [`SELECT "name", "format" FROM ${stampReference(schema, prefix)}`] : []),
    ...(isComplete ? [] : [lz4]),
  ];
  const told = asked.length > 0 ? yield asked.map((sql) => ({ sql, args: [] })) : [];
  const hasLz4 = !isComplete && (told.at(-1) ?? []).length > 0;
  const rows = hasStamps ? (told[0] ?? []) : [];
  for (const [name, format] of rows) stamps.set(name as string, format as number);
  const unstamped = mappings.filter(({ table, names: { table: name } }) => tables.has(name) && !stamps.has(table.name));
  const foreign = new Set<string>();
  if (unstamped.length > 0) {
    const answers = yield unstamped.map(({ quoted }) => ({ sql: `SELECT EXISTS (SELECT 1 FROM ${quoted})`, args: [] }));
    unstamped.forEach(({ table }, index) => {
      if (answers[index]?.[0]?.[0] === 1) foreign.add(table.name);
    });
  }
  return { hasSchema: schemas.length > 0, tables, indexes, hasStamps, stamps, foreign, hasLz4 };
}

export const plainPredicate = (text: string): string => text.replaceAll(/[\s()"]/g, "").toLowerCase();
