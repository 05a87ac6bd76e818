import { StorageError } from "@stowage/core/engine";
import { revision, type TableMapping } from "../mapping.ts";
import type { IndexPlan } from "../naming.ts";
import { type Adoption, unknownTo } from "./adopt.ts";
import { type FoundColumn, indexId, type MssqlCatalog, plainPredicate, stampReference } from "./catalog.ts";
import { fit, literal, quote } from "./names.ts";
import { storageOf } from "./rows.ts";
import { collation, longName } from "./storage.ts";

export interface SchemaPlan {
  readonly statements: string[];
  /** Tables of another library, to be converted after the statements. */
  readonly adoptions: Adoption[];
  readonly unknown: string[];
}

export interface SchemaOptions {
  readonly schema: string;
  readonly prefix: string;
  /** Build the indexes that only make walks faster. */
  readonly plainIndexes: boolean;
  /** Take over tables that hold somebody else's rows. */
  readonly adopt: boolean;
}

/** Bytes of an index entry, and of one that orders the table itself. */
const indexBytes = 1700;
const clusteredBytes = 900;

/**
 * What has to be done so that the database has what the tables declare; nothing when it has. Every statement looks whether it
 * is still needed, so that a plan made before somebody else's work does no harm after it.
 */
export function planSchema(
  mappings: readonly TableMapping[],
  catalog: MssqlCatalog,
  options: SchemaOptions,
): SchemaPlan {
  const { schema, prefix } = options;
  const plan: SchemaPlan = { statements: [], adoptions: [], unknown: [] };
  const stamps = stampReference(schema, prefix);
  // It has to be alone in its batch.
  if (!catalog.hasSchema) {
    plan.statements.push(`IF SCHEMA_ID(${literal(schema)}) IS NULL EXEC(${literal(`CREATE SCHEMA ${quote(schema)}`)})`);
  }
  if (!catalog.hasStamps) {
    plan.statements.push(
      `IF OBJECT_ID(${literal(stamps)}, N'U') IS NULL CREATE TABLE ${stamps} ` +
        `([name] NVARCHAR(200) COLLATE ${collation} NOT NULL PRIMARY KEY, [format] INT NOT NULL)`,
    );
  }
  for (const mapping of mappings) {
    const { table, names } = mapping;
    const found = catalog.tables.get(names.table);
    const format = catalog.stamps.get(table.name);
    if (found && format !== undefined) {
      checkFormat(mapping, format);
      plan.statements.push(...addColumns(mapping, found), ...repairIndexes(mapping, catalog, options));
      plan.unknown.push(...unknownColumns(mapping, found));
      continue;
    }
    if (found && catalog.foreign.has(table.name)) {
      if (!options.adopt) throw foreignTable(mapping);
      const columns = [...found.values()];
      const indexes = wantedIndexes(mapping, options).map((index) => createIndex(mapping, index));
      const create = (others: readonly string[]) => [createTable(mapping, others), ...indexes];
      const finish = writeStamp(stamps, table.name, table.format);
      plan.adoptions.push({ mapping, found: columns, stamps, create, finish });
      plan.unknown.push(...unknownTo(mapping, columns).map(({ name }) => `${names.table}.${name}`));
      continue;
    }
    if (found) plan.statements.push(dropEmpty(mapping, stamps));
    plan.statements.push(createTable(mapping));
    for (const index of wantedIndexes(mapping, options)) plan.statements.push(createIndex(mapping, index));
    plan.statements.push(...writeStamp(stamps, table.name, table.format));
  }
  return plan;
}

/** The indexes of a table that this configuration builds when it converges. */
const wantedIndexes = ({ names }: TableMapping, { plainIndexes }: SchemaOptions): IndexPlan[] =>
  names.indexes.filter(({ onDemand, unique }) => !onDemand && (unique || plainIndexes));

interface Definition {
  readonly name: string;
  readonly definition: string;
  readonly isNullable: boolean;
}

function definitions(mapping: TableMapping): Definition[] {
  const own = mapping.columns.flatMap((column): Definition[] => {
    const { name, quoted, isNullable } = column;
    const { type, split } = storageOf(column);
    const main = { name, definition: `${quoted} ${type}${isNullable ? " NULL" : " NOT NULL"}`, isNullable };
    if (!split) return [main];
    const long = longName(name);
    const whole = `${quote(long)} NVARCHAR(MAX) COLLATE ${collation} NULL`;
    return [main, { name: long, definition: whole, isNullable: true }];
  });
  return [...own, { name: revision, definition: `${quote(revision)} BIGINT NOT NULL`, isNullable: false }];
}

/** The table lies in the order of its key where that is narrow enough. */
function createTable(mapping: TableMapping, others: readonly string[] = []): string {
  const columns = [...definitions(mapping).map(({ definition }) => definition), ...others];
  const key = mapping.table.key.map(quote).join(", ");
  const constraint = quote(fit(`${mapping.names.table}_pkey`));
  const bytes = bytesOf(mapping, mapping.table.key);
  checkBytes(mapping, constraint, bytes);
  const kind = bytes <= clusteredBytes ? "CLUSTERED" : "NONCLUSTERED";
  return (
    `IF OBJECT_ID(${literal(mapping.quoted)}, N'U') IS NULL CREATE TABLE ${mapping.quoted} ` +
    `(${columns.join(", ")}, CONSTRAINT ${constraint} PRIMARY KEY ${kind} (${key}))`
  );
}

/** As a text to be run by itself, since its columns may be as new as it is. */
export function createIndex(mapping: TableMapping, plan: IndexPlan): string {
  checkBytes(mapping, plan.name, bytesOf(mapping, plan.columns));
  const columns = plan.columns.map(quote).join(", ");
  const where = predicateOf(mapping, plan);
  const kind = plan.unique ? "UNIQUE INDEX" : "INDEX";
  return unlessIndexed(
    mapping.quoted,
    plan.name,
    `CREATE ${kind} ${quote(plan.name)} ON ${mapping.quoted} (${columns})${where && ` WHERE ${where}`}`,
  );
}

export const unlessIndexed = (table: string, name: string, sql: string): string =>
  `IF NOT EXISTS (${indexNamed(table, name)}) EXEC(${literal(sql)})`;

const indexNamed = (table: string, name: string): string =>
  `SELECT 1 FROM sys.indexes WHERE [object_id] = OBJECT_ID(${literal(table)}) AND [name] = ${literal(name)}`;

/** Nulls leave a row out: of a path by its nature, of a unique key since nulls would be equal to each other. */
function predicateOf({ table }: TableMapping, { unique, sparse, columns }: IndexPlan): string {
  const without = unique ? columns.filter((name) => table.columns[name]?.isNullable) : sparse;
  return without.map((name) => `${quote(name)} IS NOT NULL`).join(" AND ");
}

const bytesOf = (mapping: TableMapping, columns: readonly string[]): number =>
  columns.reduce((sum, name) => sum + storageOf(mapping.column(name)).bytes, 0);

function checkBytes(mapping: TableMapping, index: string, bytes: number): void {
  if (bytes <= indexBytes) return;
  throw new StorageError("an index of the table has more columns than an index entry of SQL Server holds", {
    code: "schema",
    details: { table: mapping.names.table, index, bytes, limit: indexBytes },
  });
}

/** A table of ours that was never stamped, or one that somebody else left empty. */
function dropEmpty({ quoted, table }: TableMapping, stamps: string): string {
  const stamped = `SELECT 1 FROM ${stamps} WHERE [name] = ${literal(table.name)}`;
  return `IF NOT EXISTS (${stamped}) AND NOT EXISTS (SELECT 1 FROM ${quoted}) DROP TABLE ${quoted}`;
}

const writeStamp = (stamps: string, name: string, format: number): string[] => [
  `UPDATE ${stamps} SET [format] = ${format} WHERE [name] = ${literal(name)}`,
  `IF NOT EXISTS (SELECT 1 FROM ${stamps} WHERE [name] = ${literal(name)}) ` +
    `INSERT INTO ${stamps} ([name], [format]) VALUES (${literal(name)}, ${format})`,
];

function addColumns(mapping: TableMapping, found: ReadonlyMap<string, FoundColumn>): string[] {
  const { quoted } = mapping;
  return definitions(mapping)
    .filter(({ name }) => !found.has(name))
    .map(({ name, definition, isNullable }) => {
      if (isNullable) {
        return `IF COL_LENGTH(${literal(quoted)}, ${literal(name)}) IS NULL ALTER TABLE ${quoted} ADD ${definition}`;
      }
      throw new StorageError("a table of ours lacks a required column; its format number should have grown with it", {
        code: "schema",
        details: { table: mapping.names.table, column: name },
      });
    });
}

/** Missing indexes, and those whose definition is not ours although the name is. */
function repairIndexes(mapping: TableMapping, { indexes }: MssqlCatalog, options: SchemaOptions): string[] {
  const statements: string[] = [];
  const wanted = new Set(wantedIndexes(mapping, options));
  for (const index of mapping.names.indexes) {
    const found = indexes.get(indexId(mapping.names.table, index.name));
    const isRight =
      found?.unique === index.unique &&
      found.columns.join("\0") === index.columns.join("\0") &&
      found.predicate === plainPredicate(predicateOf(mapping, index));
    if (isRight || (!found && !wanted.has(index))) continue;
    if (found) {
      const drop = `DROP INDEX ${quote(index.name)} ON ${mapping.quoted}`;
      statements.push(`IF EXISTS (${indexNamed(mapping.quoted, index.name)}) ${drop}`);
    }
    statements.push(createIndex(mapping, index));
  }
  return statements;
}

function unknownColumns(mapping: TableMapping, found: ReadonlyMap<string, FoundColumn>): string[] {
  const known = new Set(definitions(mapping).map(({ name }) => name));
  return [...found.keys()].filter((name) => !known.has(name)).map((name) => `${mapping.names.table}.${name}`);
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

function foreignTable({ names }: TableMapping): StorageError {
  return new StorageError(
    `the table ${names.table} holds rows that another library wrote; init({ adopt: true }) takes it over, a schemaName or a prefix stands beside it`,
    { code: "schema", status: "FOREIGN_TABLE", details: { table: names.table } },
  );
}
