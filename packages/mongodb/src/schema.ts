import { type ConvergeOptions, type ConvergeReport, StorageError, type Table } from "@stowage/core/engine";
import type { Document } from "mongodb";
import type { StoredCollection } from "./connection.ts";
import { translate } from "./errors.ts";
import { type IndexPlan, indexesOf, signatureOf } from "./indexes.ts";
import type { MongoDBIndexConfig } from "./options.ts";
import { type Reach, readOptions, writeOptions } from "./reading.ts";

/** The collection of stamps: one document for each table that the storage made. */
export const stampsName = "stowage_schema";

/** At which level the rows of a table were written: only the journal keeps claims of unique values. */
export type Level = "native" | "journal";

interface Stamp {
  readonly _id: string;
  readonly format: number;
  /** Every column that some version of the table has had. */
  readonly columns: readonly string[];
  /** Signatures by name, of the indexes that were built. */
  readonly indexes: Readonly<Record<string, string>>;
  readonly level: Level;
}

export interface SchemaSettings {
  readonly skipDefaultIndexes: boolean;
  readonly indexes: readonly MongoDBIndexConfig[];
  readonly level: Level;
  warn(message: string): void;
}

export interface Converged extends ConvergeReport {
  /** Tables whose rows were written at another level. */
  readonly moved: readonly Table[];
}

/** What one table lacks. */
interface Plan {
  readonly table: Table;
  readonly stamp: Stamp | undefined;
  readonly indexes: readonly IndexPlan[];
  readonly isStampDue: boolean;
}

/** The stamps of the database. One request. */
export async function readStamps(reach: Reach): Promise<Map<string, Stamp>> {
  const collection = await reach.connection.collection(stampsName);
  const stamps = await collection.find<Stamp>({}, { ...readOptions(reach), batchSize: 1000 }).toArray();
  return new Map(stamps.map((stamp) => [stamp._id, stamp]));
}

/**
 * Makes the collections and indexes that are missing. What was built is remembered in the stamps, so that a database that
 * has everything costs one request. Every step may be repeated, and done by several processes at once.
 */
export async function converge(
  reach: Reach,
  tables: readonly Table[],
  settings: SchemaSettings,
  { dryRun = false, adopt = false }: ConvergeOptions,
): Promise<Converged> {
  const stamps = await readStamps(reach);
  const plans = tables.map((table) => planTable(table, stamps.get(table.name), settings));
  const due = plans.filter(({ isStampDue, indexes }) => isStampDue || indexes.length > 0);
  await checkForeign(
    reach,
    due.filter(({ stamp }) => !stamp).map(({ table }) => table),
    adopt,
  );
  const statements = due.flatMap(statementsOf);
  if (!dryRun) await Promise.all(due.map((plan) => build(reach, plan, settings)));
  const unknown = plans.flatMap(({ table, stamp }) =>
    (stamp?.columns ?? [])
      .filter((column) => !Object.hasOwn(table.columns, column))
      .map((column) => `${table.name}.${column}`),
  );
  const moved = plans.filter(({ stamp }) => stamp && stamp.level !== settings.level).map(({ table }) => table);
  return { statements, unknown, moved };
}

/** Notes that the rows of these tables are as the level wants them. */
export async function noteLevel(reach: Reach, tables: readonly Table[], level: Level): Promise<void> {
  const collection = await reach.connection.collection(stampsName);
  const ids = tables.map(({ name }) => name);
  await collection.updateMany({ _id: { $in: ids } }, { $set: { level } }, writeOptions(reach.call, undefined));
}

function planTable(table: Table, stamp: Stamp | undefined, settings: SchemaSettings): Plan {
  if (stamp && stamp.format > table.format) {
    throw new StorageError("the tables in the database are of a newer version", {
      code: "schema",
      details: { table: table.name, stored: stamp.format, known: table.format },
    });
  }
  const indexes = indexesOf(table, settings).filter((plan) => stamp?.indexes[plan.name] !== signatureOf(plan));
  const hasColumns = table.columnNames.every((column) => stamp?.columns.includes(column));
  return { table, stamp, indexes, isStampDue: !stamp || !hasColumns || stamp.format !== table.format };
}

/** @throws StorageError `schema` when a collection without a stamp holds documents. */
async function checkForeign(reach: Reach, tables: readonly Table[], adopt: boolean): Promise<void> {
  const filled = await Promise.all(
    tables.map(async ({ name }) => {
      const collection = await reach.connection.collection(name);
      const found = await collection.findOne({}, { ...readOptions(reach), projection: { _id: 1 } });
      if (!found) return undefined;
      // Another process may have made the table, and filled it, since the stamps were read.
      const stamps = await reach.connection.collection(stampsName);
      return (await stamps.findOne({ _id: name }, readOptions(reach))) ? undefined : name;
    }),
  );
  const table = filled.find((name) => name !== undefined);
  if (table === undefined) return;
  throw adopt
    ? new StorageError("collections of another library cannot be taken over on MongoDB yet", {
        code: "unsupported",
        details: { table },
      })
    : new StorageError(`the collection ${table} holds documents that another library wrote; give another dbName`, {
        code: "schema",
        status: "FOREIGN_TABLE",
        details: { table },
      });
}

function statementsOf({ table, stamp, indexes, isStampDue }: Plan): string[] {
  const on = `db.getCollection(${JSON.stringify(table.name)})`;
  return [
    ...(stamp ? [] : [`db.createCollection(${JSON.stringify(table.name)})`]),
    ...indexes.map(
      ({ name, keys, options }) =>
        `${on}.createIndex(${JSON.stringify(keys)}, ${JSON.stringify({ ...options, name })})`,
    ),
    ...(isStampDue ? [`db.getCollection("${stampsName}").updateOne({_id: ${JSON.stringify(table.name)}}, …)`] : []),
  ];
}

async function build(reach: Reach, plan: Plan, settings: SchemaSettings): Promise<void> {
  const { table, stamp, indexes } = plan;
  const { connection } = reach;
  if (!stamp) await connection.createCollection?.(table.name);
  const collection = await connection.collection(table.name);
  const built: IndexPlan[] = [];
  for (const index of indexes) if (await buildIndex(reach, collection, index, settings)) built.push(index);
  const stamps = await connection.collection(stampsName);
  const update: Document = {
    $max: { format: table.format },
    $addToSet: { columns: { $each: [...table.columnNames] } },
    $setOnInsert: { level: settings.level },
    ...(built.length > 0 && {
      $set: Object.fromEntries(built.map((each) => [`indexes.${each.name}`, signatureOf(each)])),
    }),
  };
  await write(() =>
    stamps.updateOne({ _id: table.name }, update, { ...writeOptions(reach.call, undefined), upsert: true }),
  );
}

/** Another process that makes the same thing at the same time is not a failure. */
async function write(task: () => Promise<unknown>): Promise<void> {
  await task().catch((error: { code?: number }) => {
    if (error.code !== 11000) throw error;
    return task();
  });
}

/** Whether an index of another name does the same. */
const servesAs = (index: Document, keys: IndexPlan["keys"], { unique, ...rest }: IndexPlan["options"]): boolean =>
  JSON.stringify(Object.entries(index.key)) === JSON.stringify(Object.entries(keys)) &&
  JSON.stringify(index.partialFilterExpression) === JSON.stringify(rest.partialFilterExpression) &&
  !index.sparse &&
  (!unique || index.unique === true);

/** Builds an index, in the place of another one of its name. @returns whether it is there. */
export async function buildIndex(
  reach: Reach,
  collection: StoredCollection,
  { name, keys, options, isCustom }: IndexPlan,
  { warn }: Pick<SchemaSettings, "warn">,
): Promise<boolean> {
  const create = () => collection.createIndex(keys, { ...options, name, ...writeOptions(reach.call, undefined) });
  try {
    await create().catch(async (error: { code?: number }) => {
      // IndexOptionsConflict, IndexKeySpecsConflict
      if (error.code !== 85 && error.code !== 86) throw error;
      const there = await collection.indexes();
      if (there.some((index) => index.name !== name && servesAs(index, keys, options))) return;
      if (!there.some((index) => index.name === name)) throw error;
      await collection.dropIndex(name);
      await create();
    });
    return true;
  } catch (error) {
    if (isCustom) {
      warn(`stowage: the index ${name} could not be built`);
      return false;
    }
    throw new StorageError(`the index ${name} could not be built`, {
      code: "schema",
      details: { table: collection.collectionName, index: name },
      cause: translate(error),
    });
  }
}
