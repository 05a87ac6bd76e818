import { StorageError } from "@stowage/core/engine";
import { pathId, type TableMapping } from "../mapping.ts";
import type { TableTimeToLive } from "../options.ts";
import type { Catalog, CatalogTable } from "./catalog.ts";
import {
  addColumn,
  createEntries,
  createMain,
  createStamps,
  createView,
  type Definitions,
  dropTable,
  expiryOf,
  fillEntries,
  modifyColumnTimeToLive,
  modifyTimeToLive,
  ownColumns,
  physicalColumns,
  type Stamp,
  shapeItem,
  shapeOf,
  writeStamps,
} from "./definition.ts";

export interface SchemaPlan {
  /** Before everything else. */
  readonly first: readonly string[];
  /** For each table its statements, in order; tables do not wait for each other. */
  readonly tables: readonly (readonly string[])[];
  /** After everything else: notes that it is done. */
  readonly last: readonly string[];
  /** Columns in the database that a declaration does not know, by the name of the table. */
  readonly unknown: ReadonlyMap<string, readonly string[]>;
}

const rowItem = "ttl";
const pathItem = (id: string) => `path ${id}`;

/** What has to be done so that the database has what the tables declare; nothing when it has. */
export function planSchema(
  mappings: readonly TableMapping[],
  catalog: Catalog,
  of: Definitions,
  ttl: Readonly<Record<string, TableTimeToLive | undefined>>,
): SchemaPlan {
  const tables: string[][] = [];
  const stamps: Stamp[] = [];
  const unknown = new Map<string, string[]>();
  for (const mapping of mappings) {
    const found = catalog.tables.get(mapping.name);
    const stamp = catalog.stamps.get(mapping.table.name);
    const known = new Set(physicalColumns(mapping));
    const more = found && stamp ? found.columns.filter((name) => !known.has(name)) : [];
    unknown.set(mapping.table.name, more);
    const { statements, items } = planTable(mapping, found, stamp, of, ttl[mapping.table.name]);
    const shape = shapeOf(mapping);
    // Where another release has added columns its stamp stays: this one has to look for them each time.
    if (more.length === 0 && stamp?.get(shapeItem) !== shape) items.push([shapeItem, shape]);
    if (statements.length > 0) tables.push(statements);
    stamps.push(...items.map(([item, value]): Stamp => [mapping.table.name, item, value]));
  }
  return {
    first: catalog.hasStamps ? [] : [createStamps(of)],
    tables,
    last: stamps.length > 0 ? [writeStamps(stamps, of)] : [],
    unknown,
  };
}

function planTable(
  mapping: TableMapping,
  found: CatalogTable | undefined,
  stamp: ReadonlyMap<string, string> | undefined,
  of: Definitions,
  ttl: TableTimeToLive | undefined,
): { statements: string[]; items: [string, string][] } {
  const statements: string[] = [];
  const items: [string, string][] = [];
  const format = stamp?.get("format");
  if (format === undefined) items.push(["format", String(mapping.table.format)]);
  else checkFormat(mapping, Number(format));
  if (found && !stamp && found.rows > 0) throw foreignTable(mapping);
  if (found && stamp && of.replication && !isReplicated(found)) throw localTable(mapping);
  const isForeign = found !== undefined && !ownColumns.every((name) => found.columns.includes(name));
  if (isForeign) statements.push(dropTable(mapping, of));
  const stands = found !== undefined && !isForeign;
  const missing = stands ? missingColumns(mapping, found, of) : [];
  // Nobody may believe from here on that the columns are those of an older release.
  if (missing.length > 0) statements.push(writeStamps([[mapping.table.name, shapeItem, ""]], of));
  statements.push(...(stands ? missing : [createMain(mapping, of)]));

  // What was noted of a table that has gone since does not count for its successor.
  const noted = stands ? stamp : undefined;
  const paths = mapping.entryPaths.filter((path) => !noted?.has(pathItem(pathId(path))));
  if (paths.length > 0) {
    statements.push(createEntries(mapping, of), createView(mapping, paths, of));
    // The view came first: what is written from here on has its entries already.
    if (stands) statements.push(fillEntries(mapping, paths));
    items.push(...paths.map((path): [string, string] => [pathItem(pathId(path)), ""]));
  }
  for (const [item, expiry, statement] of timesToLive(mapping, ttl, of)) {
    const isThere = item !== rowItem || found?.hasTimeToLive === true;
    if (isThere && noted?.get(item) === expiry) continue;
    statements.push(statement);
    items.push([item, expiry]);
  }
  return { statements, items };
}

function timesToLive(
  mapping: TableMapping,
  ttl: TableTimeToLive | undefined,
  of: Definitions,
): [item: string, expiry: string, statement: string][] {
  const found: [string, string, string][] = [];
  if (ttl?.row) {
    const expiry = expiryOf(mapping, ttl.row);
    found.push([rowItem, expiry, modifyTimeToLive(mapping, expiry, of)]);
  }
  for (const [name, rule] of Object.entries(ttl?.columns ?? {})) {
    const expiry = expiryOf(mapping, rule);
    found.push([`ttl ${name}`, expiry, modifyColumnTimeToLive(mapping, mapping.column(name), expiry, of)]);
  }
  return found;
}

function missingColumns(mapping: TableMapping, { columns }: CatalogTable, of: Definitions): string[] {
  const known = new Set(columns);
  return mapping.columns
    .filter(({ name }) => !known.has(name))
    .map((column) => {
      if (column.nullable) return addColumn(mapping, column, of);
      throw new StorageError("a table of ours lacks a required column; its format number should have grown with it", {
        code: "schema",
        details: { table: mapping.name, column: column.name },
      });
    });
}

function checkFormat({ table, name }: TableMapping, format: number): void {
  if (format === table.format) return;
  const message =
    format > table.format
      ? "the table was written by a newer version of this library"
      : "the table was written by an older version of this library and there is no upgrade from it";
  throw new StorageError(message, {
    code: "schema",
    details: { table: name, stored: format, known: table.format },
  });
}

/** Whatever the variant: hosted ClickHouse has kinds of its own. */
const isReplicated = ({ engine }: CatalogTable) => /^(Replicated|Shared)/.test(engine);

const localTable = ({ name }: TableMapping) =>
  new StorageError(
    `the table ${name} is there already and is not replicated, which cannot be changed in place; leave \`replication\` out, or ` +
      "give a prefix or another database, and copy what is to be kept",
    { code: "schema", status: "LOCAL_TABLE", details: { table: name } },
  );

const foreignTable = ({ name }: TableMapping) =>
  new StorageError(
    `the table ${name} holds rows that another library wrote, and tables of ClickHouse are not taken over in place; give a ` +
      "prefix or another database, and copy what is to be kept",
    { code: "schema", status: "FOREIGN_TABLE", details: { table: name } },
  );
