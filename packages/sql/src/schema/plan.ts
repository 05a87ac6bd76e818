import { StorageError } from "@stowage/core/engine";
import type { Dialect } from "../dialect.ts";
import type { TableMapping } from "../mapping.ts";
import { createGuard, guardTable } from "../write/guard.ts";
import type { Catalog, CatalogTable } from "./catalog.ts";
import { columnDefinitions, createIndex, createTable, storedIndex } from "./definition.ts";
import { createStamps, writeStamp } from "./stamp.ts";

export interface Adoption {
  readonly mapping: TableMapping;
  readonly found: CatalogTable;
  /** Indexes and the stamp, to be made together with the exchange of the tables. */
  readonly finish: readonly string[];
}

export interface SchemaPlan {
  /** Tables of another library that are to be taken over, each with what completes it. */
  readonly adoptions: Adoption[];
  readonly statements: string[];
  readonly unknown: string[];
}

/** What has to be done so that the database has what the tables declare; nothing when it has. */
export function planSchema(
  mappings: readonly TableMapping[],
  catalog: Catalog,
  { dialect, prefix, adopt, needsGuard }: { dialect: Dialect; prefix: string; adopt: boolean; needsGuard: boolean },
): SchemaPlan {
  const plan: SchemaPlan = { adoptions: [], statements: [], unknown: [] };
  if (needsGuard && !catalog.hasGuard) plan.statements.push(createGuard(dialect, prefix));
  if (!catalog.hasStamps) plan.statements.push(createStamps(dialect, prefix));
  for (const mapping of mappings) {
    const { table, names } = mapping;
    const found = catalog.tables.get(names.table.toLowerCase());
    const format = catalog.stamps.get(table.name);
    if (found && format !== undefined) {
      checkFormat(mapping, format);
      plan.statements.push(...addColumns(mapping, found), ...repairIndexes(mapping, catalog));
      plan.unknown.push(...unknownColumns(mapping, found));
      continue;
    }
    const indexes = names.indexes.filter(({ onDemand }) => !onDemand).map((index) => createIndex(mapping, index));
    const finish = [...indexes, writeStamp(dialect, prefix, table.name, table.format)];
    if (found && catalog.foreign.has(table.name)) {
      if (!adopt) throw foreignTable(mapping);
      plan.adoptions.push({ mapping, found, finish });
      plan.unknown.push(...unknownColumns(mapping, found));
      continue;
    }
    if (found && needsGuard) plan.statements.push(refuseRows(dialect, prefix, mapping));
    if (found) plan.statements.push(`DROP TABLE ${mapping.quoted}`);
    plan.statements.push(createTable(mapping), ...finish);
  }
  return plan;
}

/** Fails when somebody has written into a table that was empty a moment ago. */
const refuseRows = (dialect: Dialect, prefix: string, { quoted }: TableMapping): string =>
  `INSERT INTO ${dialect.quote(guardTable(prefix))} SELECT 0 WHERE EXISTS (SELECT 1 FROM ${quoted})`;

function addColumns(mapping: TableMapping, found: CatalogTable): string[] {
  const known = new Set(found.columns.map(({ name }) => name.toLowerCase()));
  return columnDefinitions(mapping)
    .filter(({ name }) => !known.has(name.toLowerCase()))
    .map(({ name, definition }) => {
      if (mapping.table.columns[name]?.isNullable) return `ALTER TABLE ${mapping.quoted} ADD COLUMN ${definition}`;
      throw new StorageError("a table of ours lacks a required column; its format number should have grown with it", {
        code: "schema",
        details: { table: mapping.names.table, column: name },
      });
    });
}

/** Missing indexes, and those whose definition is not ours although the name is. */
function repairIndexes(mapping: TableMapping, { indexes }: Catalog): string[] {
  const statements: string[] = [];
  for (const index of mapping.names.indexes) {
    const found = indexes.get(index.name);
    if (!found && index.onDemand) continue;
    if (found && plain(found.sql) === plain(storedIndex(mapping, index))) continue;
    if (found) statements.push(`DROP INDEX ${mapping.dialect.quote(found.name)}`);
    statements.push(createIndex(mapping, index));
  }
  return statements;
}

const plain = (sql: string) => sql.replaceAll(/["\s]/g, "").toLowerCase();

function unknownColumns(mapping: TableMapping, found: CatalogTable): string[] {
  const known = new Set(columnDefinitions(mapping).map(({ name }) => name.toLowerCase()));
  return found.columns.filter(({ name }) => !known.has(name.toLowerCase())).map(({ name }) => `${found.name}.${name}`);
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

const foreignTable = ({ names }: TableMapping) =>
  new StorageError(
    `the table ${names.table} holds rows that another library wrote; pass adopt: true to convert it once and use it from ` +
      "then on (the other library can then no longer write it), or give a prefix to stand beside it",
    { code: "schema", status: "FOREIGN_TABLE", details: { table: names.table } },
  );
