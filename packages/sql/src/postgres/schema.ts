import { StorageError } from "@stowage/core/engine";
import { revision, type TableMapping } from "../mapping.ts";
import type { IndexPlan } from "../naming.ts";
import { type FoundTable, type PostgresCatalog, plainPredicate, stampReference } from "./catalog.ts";
import { fitName, quote } from "./dialect.ts";

export interface SchemaPlan {
  readonly statements: string[];
  readonly unknown: string[];
}

export interface SchemaOptions {
  readonly schema: string;
  readonly prefix: string;
  /** Take over tables that hold somebody else's rows. */
  readonly adopt: boolean;
  /** Build the indexes that only make walks faster. */
  readonly plainIndexes: boolean;
}

/** The indexes of a table that this configuration builds when it converges. */
export const wantedIndexes = ({ names }: TableMapping, plainIndexes: boolean): IndexPlan[] =>
  names.indexes.filter(({ onDemand, unique }) => !onDemand && (unique || plainIndexes));

/** What has to be done so that the database has what the tables declare; nothing when it has. */
export function planSchema(
  mappings: readonly TableMapping[],
  catalog: PostgresCatalog,
  options: SchemaOptions,
): SchemaPlan {
  const { schema, prefix, adopt, plainIndexes } = options;
  const plan: SchemaPlan = { statements: [], unknown: [] };
  const stamps = stampReference(schema, prefix);
  if (!catalog.hasSchema) plan.statements.push(`CREATE SCHEMA IF NOT EXISTS ${quote(schema)}`);
  if (!catalog.hasStamps) {
    plan.statements.push(
      `CREATE TABLE IF NOT EXISTS ${stamps} ("name" text COLLATE "C" NOT NULL PRIMARY KEY, "format" integer NOT NULL)`,
    );
  }
  for (const mapping of mappings) {
    const { table, names } = mapping;
    const found = catalog.tables.get(names.table);
    const format = catalog.stamps.get(table.name);
    if (found && format !== undefined) {
      checkFormat(mapping, format);
      plan.statements.push(...addColumns(mapping, found), ...repairIndexes(mapping, catalog, schema, plainIndexes));
      plan.unknown.push(...unknownColumns(mapping, found));
      continue;
    }
    if (found && catalog.foreign.has(table.name)) throw foreignTable(mapping, adopt);
    if (found) plan.statements.push(`DROP TABLE ${mapping.quoted}`);
    plan.statements.push(createTable(mapping, catalog));
    for (const index of wantedIndexes(mapping, plainIndexes)) plan.statements.push(createIndex(mapping, index));
    plan.statements.push(
      `INSERT INTO ${stamps} ("name", "format") VALUES ('${table.name.replaceAll("'", "''")}', ${table.format}) ` +
        `ON CONFLICT ("name") DO UPDATE SET "format" = excluded."format"`,
    );
  }
  return plan;
}

function definitions({ columns }: TableMapping, hasLz4: boolean): { name: string; definition: string }[] {
  return [
    ...columns.map(({ name, quoted, type, storage, isNullable }) => {
      const compression = hasLz4 && type === "json" ? " COMPRESSION lz4" : "";
      return { name, definition: `${quoted} ${storage.type}${compression}${isNullable ? "" : " NOT NULL"}` };
    }),
    { name: revision, definition: `${quote(revision)} bigint NOT NULL` },
  ];
}

function createTable(mapping: TableMapping, { hasLz4 }: PostgresCatalog): string {
  const columns = definitions(mapping, hasLz4).map(({ definition }) => definition);
  const key = mapping.table.key.map(quote).join(", ");
  const constraint = quote(fitName(`${mapping.names.table}_pkey`));
  return `CREATE TABLE IF NOT EXISTS ${mapping.quoted} (${columns.join(", ")}, CONSTRAINT ${constraint} PRIMARY KEY (${key}))`;
}

export function createIndex(mapping: TableMapping, plan: IndexPlan): string {
  const columns = plan.columns.map(quote).join(", ");
  const where = plan.sparse.map((column) => `${quote(column)} IS NOT NULL`).join(" AND ");
  const kind = plan.unique ? "UNIQUE INDEX" : "INDEX";
  return `CREATE ${kind} IF NOT EXISTS ${quote(plan.name)} ON ${mapping.quoted} (${columns})${where && ` WHERE ${where}`}`;
}

function addColumns(mapping: TableMapping, { columns }: FoundTable): string[] {
  return definitions(mapping, false)
    .filter(({ name }) => !columns.has(name))
    .map(({ name, definition }) => {
      if (mapping.table.columns[name]?.isNullable) {
        return `ALTER TABLE ${mapping.quoted} ADD COLUMN IF NOT EXISTS ${definition}`;
      }
      throw new StorageError("a table of ours lacks a required column; its format number should have grown with it", {
        code: "schema",
        details: { table: mapping.names.table, column: name },
      });
    });
}

/** Missing indexes, those whose building was broken off, and those whose definition is not ours although the name is. */
function repairIndexes(
  mapping: TableMapping,
  { indexes }: PostgresCatalog,
  schema: string,
  plainIndexes: boolean,
): string[] {
  const statements: string[] = [];
  const wanted = new Set(wantedIndexes(mapping, plainIndexes));
  for (const index of mapping.names.indexes) {
    const found = indexes.get(index.name);
    const predicate = plainPredicate(index.sparse.map((column) => `${column} IS NOT NULL`).join(" AND "));
    const isRight =
      found?.isValid &&
      found.unique === index.unique &&
      found.columns.join("\0") === index.columns.join("\0") &&
      found.predicate === predicate;
    if (isRight || (!found && !wanted.has(index))) continue;
    if (found) statements.push(`DROP INDEX ${quote(schema)}.${quote(found.name)}`);
    statements.push(createIndex(mapping, index));
  }
  return statements;
}

function unknownColumns(mapping: TableMapping, { columns }: FoundTable): string[] {
  const known = new Set([...mapping.table.columnNames, revision]);
  return [...columns].filter((name) => !known.has(name)).map((name) => `${mapping.names.table}.${name}`);
}

function checkFormat({ table, names }: TableMapping, format: number): void {
  if (format === table.format) return;
  const message =
    format > table.format
      ? "the table was written by a newer version of this library"
      : "the table was written by an older version of this library and there is no upgrade from it";
  throw new StorageError(message, {
    code: "schema",
    details: { table: names.table, stored: format, known: table.format },
  });
}

function foreignTable({ names }: TableMapping, adopt: boolean): StorageError {
  const details = { table: names.table };
  if (adopt) {
    return new StorageError("tables of another library cannot be taken over on PostgreSQL yet", {
      code: "unsupported",
      details,
    });
  }
  return new StorageError(
    `the table ${names.table} holds rows that another library wrote; give a schemaName or a prefix to stand beside it`,
    { code: "schema", status: "FOREIGN_TABLE", details },
  );
}
