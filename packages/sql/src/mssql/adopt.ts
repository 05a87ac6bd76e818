import { type EngineValue, StorageError } from "@stowage/core/engine";
import type { SqlRow, SqlValue, Statement } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { convertRow } from "../schema/adopt.ts";
import type { FoundColumn } from "./catalog.ts";
import { fit, literal, quote } from "./names.ts";
import { given, openJson, place, RowShape } from "./rows.ts";
import { longName } from "./storage.ts";

/** A table of another library that is to be taken over. */
export interface Adoption {
  readonly mapping: TableMapping;
  /** Its columns. */
  readonly found: readonly FoundColumn[];
  /** The table that holds the stamps. */
  readonly stamps: string;
  /** Make an empty table of ours with these columns of the other library at its end. */
  create(others: readonly string[]): readonly string[];
  /** Say that the table is ours. */
  readonly finish: readonly string[];
}

/** Runs statements, each a request of its own, and gives the rows of each. */
export type Run = (statements: readonly Statement[]) => Promise<readonly (readonly SqlRow[])[]>;

/** Rows converted at a time. */
const portion = 500;

const statement = (sql: string, ...args: SqlValue[]): Statement => ({ sql, args });

/**
 * Takes over a table that another library made, in the transaction of `run`: copies it row by row into one of ours, with the
 * columns that are not ours unread at its end. Nobody can write or read it meanwhile, and a failure leaves everything as it
 * was. Conversion is done here and not by the database, so that what is stored is what this library would have stored.
 */
export async function adoptTable(adoption: Adoption, run: Run, sequence: () => number): Promise<void> {
  const { mapping, found, stamps, create, finish } = adoption;
  const { table, names, quoted } = mapping;
  const copy = mapping.dialect.qualify?.(fit(`${names.table}__adopted`)) ?? "";
  const [stamped = []] = await run([statement(`SELECT 1 FROM ${stamps} WHERE [name] = ${literal(table.name)}`)]);
  // Another process was faster.
  if (stamped.length > 0) return;
  const order = found.some(({ name }) => name === "createdAt") ? "o.[createdAt]" : "(SELECT NULL)";
  const others = unknownTo(mapping, found);
  await run(
    [
      `SELECT COUNT_BIG(*) FROM ${quoted} WITH (TABLOCKX, HOLDLOCK)`,
      `SELECT ROW_NUMBER() OVER (ORDER BY ${order}) AS [stowage_place], o.* INTO ${copy} FROM ${quoted} AS o`,
      `CREATE UNIQUE CLUSTERED INDEX [stowage_place] ON ${copy} ([stowage_place])`,
      `DROP TABLE ${quoted}`,
      ...create(others.map(definitionOf)),
    ].map((sql) => statement(sql)),
  );
  const select = selectFound(mapping, found, copy);
  const insert = insertFound(mapping, copy, others);
  try {
    for (let last = 0; ; last += portion) {
      const [rows = []] = await run([statement(select, last, last + portion)]);
      if (rows.length === 0) break;
      await run([statement(insert, rowsFor(mapping, rows, sequence))]);
    }
  } catch (error) {
    if (mapping.dialect.violation((error as Error).cause)?.kind !== "unique") throw error;
    throw new StorageError("two rows of the other library have the same key, or what has to be unique", {
      code: "schema",
      details: { table: names.table },
      cause: error,
    });
  }
  await run([...finish, `DROP TABLE ${copy}`].map((sql) => statement(sql)));
}

/** What an adoption does, for a dry run. */
export const describeAdoption = ({ mapping, found, create, finish }: Adoption): string[] => [
  `-- every row of ${mapping.quoted} is converted into a new table that takes its place`,
  ...create(unknownTo(mapping, found).map(definitionOf)),
  ...finish,
];

/** Columns of the found table that are not ours. */
export function unknownTo({ columns }: TableMapping, found: readonly FoundColumn[]): FoundColumn[] {
  const own = new Set(columns.flatMap(({ name }) => [name, longName(name)]).map((name) => name.toLowerCase()));
  return found.filter(({ name }) => name !== revision && !own.has(name.toLowerCase()));
}

const definitionOf = ({ name, type }: FoundColumn): string => `${quote(name)} ${type} NULL`;

const wholeShape = (mapping: TableMapping): RowShape =>
  mapping.derive("mssql/whole", () => new RowShape(mapping.columns));

/** The rows of a portion, converted, as JSON. */
function rowsFor(mapping: TableMapping, rows: readonly SqlRow[], sequence: () => number): string {
  const shape = wholeShape(mapping);
  return JSON.stringify(
    rows.map(([at = null, ...values]) => {
      const converted = convertRow(mapping, values, at as number);
      const row: Record<string, SqlValue> = { i: at, r: sequence() };
      const own = mapping.columns.map(({ name }) => converted[name] as EngineValue);
      shape.put(row, own, mapping);
      return row;
    }),
  );
}

/** The place of each row, then every column of ours in order, null where the found table has none. */
function selectFound(mapping: TableMapping, found: readonly FoundColumn[], copy: string): string {
  const byName = new Map(found.map((column) => [column.name.toLowerCase(), column]));
  const values = mapping.columns.map(({ name, type }) => {
    const known = [...(type === "timestamp" ? [`${name}Z`] : []), name].flatMap((each) => {
      const column = byName.get(each.toLowerCase());
      return column ? [readable(column)] : [];
    });
    // Where a column has a twin with a zone, that one comes first.
    return known.length > 1 ? `COALESCE(${known.join(", ")})` : (known[0] ?? "NULL");
  });
  const named = values.map((value, index) => `${value} AS c${index}`);
  const range = "p.[stowage_place] > ? AND p.[stowage_place] <= ?";
  return `SELECT p.[stowage_place], ${named.join(", ")} FROM ${copy} AS p WHERE ${range} ORDER BY p.[stowage_place]`;
}

/** A column as text that loses nothing on its way here: a time without a zone is UTC. */
function readable({ name, type }: FoundColumn): string {
  const column = `p.${quote(name)}`;
  const instant = (value: string) => `CONVERT(NVARCHAR(40), CAST(${value} AS DATETIME2(3)), 126)`;
  if (/^datetimeoffset/.test(type)) return instant(`SWITCHOFFSET(${column}, '+00:00')`);
  if (/^(datetime|smalldatetime|date)/.test(type)) return instant(column);
  // The style with all digits.
  if (/^(float|real)/.test(type)) return `CONVERT(NVARCHAR(40), ${column}, 3)`;
  return `CAST(${column} AS NVARCHAR(MAX))`;
}

/** Our columns come as JSON; the others go from table to table without passing through here. */
function insertFound(mapping: TableMapping, copy: string, others: readonly FoundColumn[]): string {
  const shape = wholeShape(mapping);
  const own = [...shape.assignments(quote), { column: quote(revision), value: "s.[r]" }];
  const kept = others.map(({ name }) => ({ column: quote(name), value: `p.${quote(name)}` }));
  const all = [...own, ...kept];
  return (
    `INSERT INTO ${mapping.quoted} (${all.map(({ column }) => column).join(", ")}) ` +
    `SELECT ${all.map(({ value }) => value).join(", ")} FROM ${openJson("?", [place, given, ...shape.fields])} ` +
    `INNER LOOP JOIN ${copy} AS p ON p.[stowage_place] = s.[i]`
  );
}
