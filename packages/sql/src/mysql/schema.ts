import { StorageError } from "@stowage/core/engine";
import { longName } from "../dialect.ts";
import { revision, type TableMapping } from "../mapping.ts";
import type { IndexPlan } from "../naming.ts";
import { type Adoption, unknownTo } from "./adopt.ts";
import { adoptedName, type FoundTable, type MysqlCatalog, type Place, placedName, stampReference } from "./catalog.ts";
import { fitName, quote } from "./dialect.ts";

export interface SchemaPlan {
  readonly statements: string[];
  /** Tables of another library, to be converted after the statements. */
  readonly adoptions: Adoption[];
  readonly unknown: string[];
}

export interface SchemaOptions extends Place {
  /** Take over tables that hold somebody else's rows. */
  readonly adopt: boolean;
  /** Build the indexes that only make walks faster. */
  readonly plainIndexes: boolean;
}

// All sizes count for one row format only, and nothing but InnoDB has transactions.
const tableOptions = "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

/** What has to be done so that the database has what the tables declare; nothing when it has. */
export function planSchema(
  mappings: readonly TableMapping[],
  catalog: MysqlCatalog,
  options: SchemaOptions,
): SchemaPlan {
  const plan: SchemaPlan = { statements: [], adoptions: [], unknown: [] };
  const stamps = stampReference(options);
  if (!catalog.hasStamps) {
    plan.statements.push(
      `CREATE TABLE IF NOT EXISTS ${stamps} (\`name\` VARBINARY(255) NOT NULL PRIMARY KEY, \`format\` INT NOT NULL) ${tableOptions}`,
    );
  }
  for (const mapping of mappings) {
    const { table, names } = mapping;
    const found = catalog.table(names.table);
    const format = catalog.stamps.get(table.name);
    const waiting = catalog.table(adoptedName(names.table));
    const placed = catalog.table(placedName(names.table));
    const named = (name: (table: string) => string) => mapping.dialect.qualify?.(name(names.table));
    if (found && format !== undefined) {
      checkFormat(mapping, format);
      plan.statements.push(...addColumns(mapping, found), ...repairIndexes(mapping, found, options.plainIndexes));
      plan.unknown.push(...unknownColumns(mapping, found));
      if (placed)
        plan.statements.push(`DROP TABLE ${[...(waiting ? [adoptedName] : []), placedName].map(named).join(", ")}`);
      continue;
    }
    const stamp =
      `INSERT INTO ${stamps} (\`name\`, \`format\`) VALUES ('${table.name.replaceAll("'", "''")}', ${table.format}) ` +
      "ON DUPLICATE KEY UPDATE `format` = VALUES(`format`)";
    // A table that waits has been given its other name by an adoption, unless one of its own name stands beside it untouched.
    const isBegun = waiting !== undefined && (placed !== undefined || !found);
    if (isBegun || (found && catalog.foreign.has(table.name))) {
      if (!options.adopt) throw foreignTable(mapping);
      if (isBegun && found && catalog.foreign.has(table.name) && !found.columns.has(revision)) throw madeAnew(mapping);
      const source = (isBegun ? waiting : found) as FoundTable;
      const create = (others: readonly string[]) => createTable(mapping, options.plainIndexes, others);
      plan.adoptions.push({ mapping, found: source, isNew: !isBegun, create, stamp });
      plan.unknown.push(...unknownTo(mapping, source).map(({ name }) => `${names.table}.${name}`));
      continue;
    }
    if (found) plan.statements.push(`DROP TABLE ${mapping.quoted}`);
    plan.statements.push(createTable(mapping, options.plainIndexes), stamp);
  }
  return plan;
}

function definitions({ columns }: TableMapping): { name: string; definition: string }[] {
  return [
    ...columns.map(({ name, quoted, storage, isNullable }) => ({
      name,
      definition: `${quoted} ${storage.type}${isNullable ? "" : " NOT NULL"}`,
    })),
    ...columns.flatMap(({ name, long }) =>
      long ? [{ name: fitName(longName(name)), definition: `${long} LONGTEXT` }] : [],
    ),
    { name: revision, definition: `${quote(revision)} BIGINT NOT NULL` },
  ];
}

/** The indexes of a table that this configuration builds when it converges. */
const wantedIndexes = ({ names }: TableMapping, plainIndexes: boolean): IndexPlan[] =>
  names.indexes.filter(({ onDemand, unique }) => !onDemand && (unique || plainIndexes));

// A table comes with all its indexes: no statement can undo another one here, so one has to do.
function createTable(mapping: TableMapping, plainIndexes: boolean, others: readonly string[] = []): string {
  const parts = [...definitions(mapping).map(({ definition }) => definition), ...others];
  parts.push(`PRIMARY KEY (${mapping.table.key.map(quote).join(", ")})`);
  for (const index of wantedIndexes(mapping, plainIndexes)) {
    parts.push(`${index.unique ? "UNIQUE KEY" : "KEY"} ${quote(index.name)} (${index.columns.map(quote).join(", ")})`);
  }
  return `CREATE TABLE IF NOT EXISTS ${mapping.quoted} (${parts.join(", ")}) ${tableOptions}`;
}

export function createIndex(mapping: TableMapping, { name, columns, unique }: IndexPlan): string {
  return `CREATE ${unique ? "UNIQUE INDEX" : "INDEX"} ${quote(name)} ON ${mapping.quoted} (${columns.map(quote).join(", ")})`;
}

function addColumns(mapping: TableMapping, { columns }: FoundTable): string[] {
  return definitions(mapping)
    .filter(({ name }) => !columns.has(name.toLowerCase()))
    .map(({ name, definition }) => {
      if (!definition.endsWith(" NOT NULL")) return `ALTER TABLE ${mapping.quoted} ADD COLUMN ${definition}`;
      throw new StorageError("a table of ours lacks a required column; its format number should have grown with it", {
        code: "schema",
        details: { table: mapping.names.table, column: name },
      });
    });
}

/** Missing indexes, and those whose definition is not ours although the name is. */
function repairIndexes(mapping: TableMapping, { indexes }: FoundTable, plainIndexes: boolean): string[] {
  const statements: string[] = [];
  const wanted = new Set(wantedIndexes(mapping, plainIndexes));
  for (const index of mapping.names.indexes) {
    const found = indexes.get(index.name.toLowerCase());
    const isRight =
      found &&
      !found.isPartial &&
      found.unique === index.unique &&
      found.columns.join("\0").toLowerCase() === index.columns.join("\0").toLowerCase();
    if (isRight || (!found && !wanted.has(index))) continue;
    if (found) statements.push(`DROP INDEX ${quote(found.name)} ON ${mapping.quoted}`);
    statements.push(createIndex(mapping, index));
  }
  return statements;
}

function unknownColumns(mapping: TableMapping, { columns }: FoundTable): string[] {
  const known = new Set(definitions(mapping).map(({ name }) => name.toLowerCase()));
  return [...columns].filter(([id]) => !known.has(id)).map(([, { name }]) => `${mapping.names.table}.${name}`);
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
    `the table ${names.table} holds rows that another library wrote; init({ adopt: true }) takes it over, another database or a prefix stands beside it`,
    { code: "schema", status: "FOREIGN_TABLE", details: { table: names.table } },
  );
}

/** What it holds by now stands nowhere else, so it is not replaced by what waits. */
const madeAnew = ({ names: { table } }: TableMapping) =>
  new StorageError(
    `taking over the table ${table} was broken off, and another program has made it anew and filled it since; bring its rows ` +
      `into ${adoptedName(table)}, drop it, and start again with no other program at work on it`,
    { code: "schema", details: { table } },
  );
