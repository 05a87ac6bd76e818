import { StorageError } from "@stowage/core/engine";
import { revision, type TableMapping } from "../mapping.ts";
import type { IndexPlan } from "../naming.ts";
import { type Adoption, unknownTo } from "./adopt.ts";
import { type FoundTable, type PostgresCatalog, plainPredicate, stampReference } from "./catalog.ts";
import { fitName, quote } from "./dialect.ts";

export interface SchemaPlan {
  /** Tables of another library that are to be taken over. */
  readonly adoptions: Adoption[];
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
  const plan: SchemaPlan = { adoptions: [], statements: [], unknown: [] };
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
    const indexes = wantedIndexes(mapping, plainIndexes).map((index) => createIndex(mapping, index));
    const stamp =
      `INSERT INTO ${stamps} ("name", "format") VALUES ('${table.name.replaceAll("'", "''")}', ${table.format}) ` +
      `ON CONFLICT ("name") DO UPDATE SET "format" = excluded."format"`;
    if (found && catalog.foreign.has(table.name)) {
      if (!adopt) throw foreignTable(mapping);
      plan.adoptions.push(adoptionOf(mapping, found, catalog, [...indexes, stamp]));
      plan.unknown.push(...unknownColumns(mapping, found));
      continue;
    }
    if (found) plan.statements.push(`DROP TABLE ${mapping.quoted}`);
    plan.statements.push(createTable(mapping, catalog), ...indexes, stamp);
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
  return `CREATE TABLE IF NOT EXISTS ${mapping.quoted} (${columns.join(", ")}, ${primaryKey(mapping)})`;
}

function primaryKey({ table, names }: TableMapping): string {
  const constraint = quote(fitName(`${names.table}_pkey`));
  return `CONSTRAINT ${constraint} PRIMARY KEY (${table.key.map(quote).join(", ")})`;
}

/** The key is added when the found table is gone: its own may have the same name. */
function adoptionOf(
  mapping: TableMapping,
  found: FoundTable,
  { hasLz4 }: PostgresCatalog,
  rest: readonly string[],
): Adoption {
  const copy = mapping.dialect.qualify?.(fitName(`${mapping.names.table}__adopted`)) as string;
  const columns = definitions(mapping, hasLz4).map(({ definition }) => definition);
  const others = unknownTo(mapping, found).map((name) => `${quote(name)} ${found.columns.get(name)}`);
  return {
    ...{ mapping, found, copy },
    create: `CREATE TABLE ${copy} (${[...columns, ...others].join(", ")})`,
    finish: [`ALTER TABLE ${mapping.quoted} ADD ${primaryKey(mapping)}`, ...rest],
  };
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

const unknownColumns = (mapping: TableMapping, found: FoundTable): string[] =>
  unknownTo(mapping, found).map((name) => `${mapping.names.table}.${name}`);

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

const foreignTable = ({ names }: TableMapping): StorageError =>
  new StorageError(
    `the table ${names.table} holds rows that another library wrote; pass adopt: true to convert it once and use it from ` +
      "then on (the other library can then no longer write it), or give a schemaName or a prefix to stand beside it",
    { code: "schema", status: "FOREIGN_TABLE", details: { table: names.table } },
  );
