import { type EngineValue, StorageError } from "@stowage/core/engine";
import type { SqlValue, Statement, StatementResult } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { convertRow } from "../schema/adopt.ts";
import { rowArgs } from "../write/change.ts";
import { adoptedName, type FoundColumn, type FoundTable, placedName } from "./catalog.ts";
import { quote } from "./dialect.ts";
import { columnList } from "./statements.ts";

/** A table of another library that is to be taken over. */
export interface Adoption {
  readonly mapping: TableMapping;
  readonly found: FoundTable;
  /** Whether the table has its name still; otherwise this goes on with what was broken off. */
  readonly isNew: boolean;
  /** Makes an empty table of ours with these columns of the other library at its end. */
  create(others: readonly string[]): string;
  /** Says that the table is ours. */
  readonly stamp: string;
}

type Run = (statements: readonly Statement[]) => Promise<readonly StatementResult[]>;

const placeColumn = quote("stowage_place");

/** Rows converted at a time. */
const portion = 200;

const statement = (sql: string): Statement => ({ sql, args: [] });

/**
 * Takes over a table that another library made: it gets another name, where nobody writes to it any more, and is copied row by
 * row into one of ours, with the columns that are not ours unread at its end. Conversion is done here and not by the
 * database, so that what is stored is what this library would have stored.
 *
 * Statements that change the schema are transactions by themselves. What was broken off is begun anew by the next who
 * converges, from the table that waits; only when ours has its stamp is that one dropped. What fails puts it back.
 */
export async function adoptTable(adoption: Adoption, run: Run, sequence: () => number): Promise<void> {
  const { mapping, found, isNew, create, stamp } = adoption;
  const { table } = mapping.names;
  const named = (name: string) => mapping.dialect.qualify?.(name) ?? quote(name);
  const [ours, waiting, placed] = [mapping.quoted, named(adoptedName(table)), named(placedName(table))];
  const alone = (sql: string) => run([statement(sql)]);
  if (isNew) await alone(`RENAME TABLE ${ours} TO ${waiting}`);
  try {
    await alone(`DROP TABLE IF EXISTS ${ours}, ${placed}`);
    const order = found.columns.has("createdat") ? `ORDER BY o.${quote("createdAt")}` : "";
    await alone(
      `CREATE TABLE ${placed} (${placeColumn} BIGINT UNSIGNED NOT NULL PRIMARY KEY) ENGINE=InnoDB ` +
        `AS SELECT ROW_NUMBER() OVER (${order}) AS ${placeColumn}, o.* FROM ${waiting} AS o`,
    );
    const others = unknownTo(mapping, found);
    await alone(create(others.map(({ name, type }) => `${quote(name)} ${type}`)));
    const insert = insertPlaced(mapping, placed, others);
    for (let last = 0; ; ) {
      const [{ rows = [] } = {}] = await run([{ sql: selectPlaced(mapping, found, placed), args: [last, portion] }]);
      if (rows.length === 0) break;
      await run(
        rows.map(([place = null, ...values]) => {
          const row = convertRow(mapping, values, place as number);
          return { sql: insert, args: [...ownArgs(mapping, row, sequence()), place] };
        }),
      );
      last = rows.at(-1)?.[0] as number;
    }
  } catch (error) {
    await alone(`DROP TABLE IF EXISTS ${ours}, ${placed}`)
      .then(() => alone(`RENAME TABLE ${waiting} TO ${ours}`))
      .catch(() => undefined);
    if (mapping.dialect.violation(error)?.kind !== "unique") throw error;
    throw new StorageError("two rows of the other library have the same key, or what has to be unique", {
      code: "schema",
      details: { table },
      cause: error,
    });
  }
  await alone(stamp);
  await alone(`DROP TABLE ${waiting}, ${placed}`);
}

/** What an adoption does, for a dry run. */
export const describeAdoption = ({ mapping, found, create, stamp }: Adoption): string[] => [
  `-- every row of ${mapping.quoted} is converted into a new table that takes its place`,
  create(unknownTo(mapping, found).map(({ name, type }) => `${quote(name)} ${type}`)),
  stamp,
];

const ownArgs = (mapping: TableMapping, row: Record<string, EngineValue>, rev: number): SqlValue[] =>
  rowArgs(mapping, { op: "put", mode: "insert", table: mapping.table, row }, rev);

/** Our columns are bound; the others go from table to table without passing through here. */
function insertPlaced(mapping: TableMapping, placed: string, others: readonly FoundColumn[]): string {
  const own = columnList(mapping);
  const values = own.split(", ").map(() => "?");
  const kept = others.map(({ name }) => quote(name));
  const list = [...values, ...kept.map((name) => `p.${name}`)].join(", ");
  return (
    `INSERT INTO ${mapping.quoted} (${[own, ...kept].join(", ")}) ` +
    `SELECT ${list} FROM ${placed} AS p WHERE p.${placeColumn} = ?`
  );
}

/** The place of each row, then every column of ours in order, null where the found table has none. */
function selectPlaced(mapping: TableMapping, found: FoundTable, placed: string): string {
  const values = mapping.columns.map(({ name, type }) => {
    const own = readable(found, name);
    if (type !== "timestamp") return own ?? "NULL";
    // Where a column has a twin with a zone, that one comes first.
    const known = [readable(found, `${name}Z`), own].filter((value) => value !== undefined);
    return known.length > 1 ? `COALESCE(${known.join(", ")})` : (known[0] ?? "NULL");
  });
  const named = values.map((value, index) => `${value} AS c${index}`);
  const where = `WHERE ${placeColumn} > ? ORDER BY ${placeColumn} LIMIT ?`;
  return `SELECT ${placeColumn}, ${named.join(", ")} FROM ${placed} ${where}`;
}

/** A column as something that loses nothing on its way here: a time without a zone is UTC. */
function readable({ columns }: FoundTable, name: string): string | undefined {
  const column = columns.get(name.toLowerCase());
  if (!column) return undefined;
  const quoted = quote(column.name);
  if (/^timestamp/i.test(column.type)) return `CAST(UNIX_TIMESTAMP(${quoted}) * 1000 AS CHAR)`;
  if (/^bit/i.test(column.type)) return `${quoted} + 0`;
  return /^(datetime|date|bigint|json)/i.test(column.type) ? `CAST(${quoted} AS CHAR)` : quoted;
}

/** Columns of the found table that are not ours. */
export function unknownTo(mapping: TableMapping, { columns }: FoundTable): FoundColumn[] {
  const own = new Set(columnList(mapping).toLowerCase().split(", "));
  return [...columns.values()].filter(({ name }) => !own.has(quote(name).toLowerCase()));
}
