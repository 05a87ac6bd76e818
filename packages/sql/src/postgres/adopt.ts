import { StorageError } from "@stowage/core/engine";
import type { SqlValue, Statement, StatementResult } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { convertRow } from "../schema/adopt.ts";
import type { FoundTable } from "./catalog.ts";
import { quote } from "./dialect.ts";
import { keyLists, listOf, rowLists } from "./rows.ts";

/** A table of another library that is to be taken over. */
export interface Adoption {
  readonly mapping: TableMapping;
  readonly found: FoundTable;
  /** Makes an empty table of ours beside it, without its key. */
  readonly create: string;
  /** Name of that table, with its schema. */
  readonly copy: string;
  /** Puts it in the place of the other, with its key, its indexes and its stamp. */
  readonly finish: readonly string[];
}

type Run = (statements: readonly Statement[]) => Promise<readonly StatementResult[]>;

/** Rows converted at a time. */
const portion = 500;

const statement = (sql: string): Statement => ({ sql, args: [] });

/**
 * Takes over a table that another library made, in the transaction of `run`: copies it row by row into one of ours, with the
 * columns that are not ours unread at its end. Nobody can write or read it meanwhile, and a failure leaves everything as it
 * was. Conversion is done here and not by the database, so that what is stored is what this library would have stored.
 */
export async function adoptTable(adoption: Adoption, run: Run, sequence: () => number): Promise<void> {
  const { mapping, found, create, copy, finish } = adoption;
  const cursor = quote(`adopt ${mapping.names.table}`.slice(0, 60));
  await run([
    statement(`LOCK TABLE ${mapping.quoted} IN ACCESS EXCLUSIVE MODE`),
    statement(create),
    statement(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${selectFound(mapping, found)}`),
  ]);
  const insert = insertCopy(adoption);
  for (let place = 0; ; ) {
    const [fetched] = await run([statement(`FETCH ${portion} FROM ${cursor}`)]);
    const rows = fetched?.rows ?? [];
    if (rows.length === 0) break;
    const places = rows.map(([at]) => [at as SqlValue]);
    const own = rows.map(([, ...values]) => convertRow(mapping, values, ++place));
    const revisions = rows.map(() => sequence());
    await run([{ sql: insert, args: [...keyLists(places), ...rowLists(mapping, own, revisions)] }]);
  }
  try {
    await run(
      [`CLOSE ${cursor}`, `DROP TABLE ${mapping.quoted}`, `ALTER TABLE ${copy} RENAME TO ${quote(mapping.names.table)}`]
        .concat(finish)
        .map(statement),
    );
  } catch (error) {
    if (mapping.dialect.violation((error as Error).cause)?.kind !== "unique") throw error;
    throw new StorageError("two rows of the other library have the same key, or what has to be unique", {
      code: "schema",
      details: { table: mapping.names.table },
      cause: error,
    });
  }
}

/** What an adoption does, for a dry run. */
export const describeAdoption = ({ mapping, create, finish }: Adoption): string[] => [
  `-- every row of ${mapping.quoted} is converted into a new table that takes its place`,
  create,
  ...finish,
];

/** Every column of ours in order, null where the found table has none; the oldest rows first. */
function selectFound(mapping: TableMapping, { columns }: FoundTable): string {
  const values = mapping.columns.map(({ name, type }) => {
    const found = columns.get(name);
    const column = quote(name);
    if (type === "timestamp") return instantOf(name, columns);
    if (found === undefined) return "NULL::text";
    if (type === "boolean" && found === "boolean") return column;
    return type === "bigint" ? `trunc(${column}::numeric)::text` : `${column}::text`;
  });
  const order = columns.has("createdAt") ? `${quote("createdAt")}, ctid` : "ctid";
  const named = values.map((value, index) => `${value} AS c${index}`);
  return `SELECT ctid::text, ${named.join(", ")} FROM ${mapping.quoted} ORDER BY ${order}`;
}

/** The twin with a zone comes first; a time without one is UTC. */
function instantOf(name: string, columns: FoundTable["columns"]): string {
  const zoned = (column: string) => {
    const type = columns.get(column);
    if (type === undefined) return undefined;
    if (/^timestamp.* with time zone/.test(type)) return quote(column);
    return /^(timestamp|date)/.test(type) ? `${quote(column)}::timestamp AT TIME ZONE 'UTC'` : undefined;
  };
  const known = [zoned(`${name}Z`), zoned(name)].filter((value) => value !== undefined);
  if (known.length > 0) return `coalesce(${known.join(", ")})`;
  return columns.has(name) ? `${quote(name)}::text` : "NULL::text";
}

/** Our columns come as lists; the others go from table to table without passing through here. */
function insertCopy({ mapping, found, copy }: Adoption): string {
  const own = [...mapping.columns.map(({ quoted }) => quoted), quote(revision)];
  const others = unknownTo(mapping, found).map(quote);
  const lists = ["?::tid[]", ...mapping.columns.map(listOf), "?::bigint[]"];
  const given = own.map((_, index) => `c${index}`);
  return (
    `INSERT INTO ${copy} (${[...own, ...others].join(", ")}) ` +
    `SELECT ${[...given.map((name) => `s.${name}`), ...others.map((name) => `o.${name}`)].join(", ")} ` +
    `FROM unnest(${lists.join(", ")}) AS s (place, ${given.join(", ")}) JOIN ${mapping.quoted} AS o ON o.ctid = s.place`
  );
}

/** Columns of the found table that are not ours. */
export const unknownTo = ({ table }: TableMapping, { columns }: FoundTable): string[] =>
  [...columns.keys()].filter((name) => name !== revision && !table.columnNames.includes(name));
