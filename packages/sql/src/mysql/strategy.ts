import { type CallOptions, type ConvergeReport, isStorageError, StorageError, type Table } from "@stowage/core/engine";
import type { SqlRow, Statement, StatementResult } from "../connection.ts";
import { TableMapping } from "../mapping.ts";
import type { Convergence } from "../schema/converge.ts";
import type { Strategy } from "../strategy.ts";
import { adoptTable, describeAdoption } from "./adopt.ts";
import { bulkStatements } from "./bulk.ts";
import { type MysqlCatalog, type Place, readCatalog } from "./catalog.ts";
import { fitName, mysqlDialect } from "./dialect.ts";
import { MysqlPlan } from "./plan.ts";
import { createIndex, planSchema, type SchemaPlan } from "./schema.ts";

type Run = (statements: readonly Statement[]) => Promise<readonly StatementResult[]>;

/** An index that the user of a store asked for, beside those of the tables. */
export interface MysqlIndex {
  readonly name: string;
  /** Name of the logical table. */
  readonly table: string;
  /** The statement that makes it under a name. */
  text(name: string, mapping: TableMapping): string;
}

export interface MysqlOptions extends Place {
  readonly skipDefaultIndexes: boolean;
  readonly customIndexes: readonly MysqlIndex[];
  /** Runs work on one session that nobody uses afterwards. */
  session<Result>(work: (run: Run) => Promise<Result>, options?: CallOptions): Promise<Result>;
  /** Whether an error says that an index of that name is there. */
  isThere(error: unknown): boolean;
  warn(message: string): void;
}

/** As the server last estimated them. */
const sizesOf = ({ database }: MysqlOptions): Statement => ({
  sql: `SELECT table_name, data_length + index_length, table_rows FROM information_schema.tables
    WHERE table_schema = ${database === undefined ? "DATABASE()" : "?"}`,
  args: database === undefined ? [] : [database],
});

/** How MySQL and MariaDB apply batches and make their schema. */
export function mysqlStrategy(options: MysqlOptions): Strategy {
  return {
    plan: (ops, context) => new MysqlPlan(ops, context),
    bulk: bulkStatements,
    onDemand: (mapping, index) => [{ sql: createIndex(mapping, index), args: [] }],
    build: (statements, call) =>
      alone(options, call, async (run) => {
        for (const statement of statements) await run([statement]).catch(unless(options.isThere));
      }),
    converge: (task) => converge(task, options),
    sizes: sizesOf(options),
  };
}

/** Seconds for which a process waits while another one changes the schema, or for a table that somebody uses. */
const patience = 60;

/**
 * Work on the schema under a lock of the server that all processes take. It goes with the session, and a statement that
 * changes the schema is a transaction by itself: whatever is found half done is completed by the next one.
 */
function alone<Result>(
  { database, prefix, session }: MysqlOptions,
  call: CallOptions | undefined,
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const place = database === undefined ? "DATABASE()" : "?";
  const name = `CONCAT('stowage.', SHA1(CONCAT_WS('.', ${place}, ?)))`;
  return session(async (run) => {
    await run([{ sql: `SET SESSION lock_wait_timeout = ${patience}`, args: [] }]);
    const args = database === undefined ? [prefix] : [database, prefix];
    const [locked] = await run([{ sql: `SELECT GET_LOCK(${name}, ${patience})`, args }]);
    if (locked?.rows[0]?.[0] !== 1) {
      throw new StorageError("another process is at the schema for too long", { code: "busy" });
    }
    return work(run);
  }, call);
}

const unless = (isFine: (error: unknown) => boolean) => (error: unknown) => {
  if (!isFine(error)) throw error;
};

/** Reads the catalogue, in two round trips when nothing is missing, and applies what is missing after another look. */
async function converge(task: Convergence, options: MysqlOptions): Promise<ConvergeReport> {
  const { connection, options: call } = task;
  if (connection.kind !== "batch") throw new TypeError("MySQL is at the other end of a wire");
  const look = load(task, options, (statements) => connection.read(statements, call));
  const catalog = await look.catch((error: unknown) => {
    // A table that another process is taking over has no name for a moment.
    if (!isStorageError(error) || error.code !== "schema") throw error;
    return alone(options, call, (run) => load(task, options, readBy(run)));
  });
  const plan = planFor(task, options, catalog);
  const custom = missingCustom(task, options, catalog);
  if (call.dryRun)
    return reportOf(
      plan,
      custom.map(({ sql }) => sql),
    );
  if (plan.statements.length + plan.adoptions.length + custom.length === 0) return reportOf(plan, []);
  try {
    return await alone(options, call, (run) => apply(task, options, run));
  } catch (error) {
    if (task.dialect.violation(error)?.kind !== "unique") throw error;
    throw new StorageError("rows of a table break a key that it is to have", { code: "schema", cause: error });
  }
}

const reportOf = ({ statements, adoptions, unknown }: SchemaPlan, custom: readonly string[]): ConvergeReport => ({
  statements: [...statements, ...adoptions.flatMap(describeAdoption), ...custom],
  unknown,
});

async function apply(task: Convergence, options: MysqlOptions, run: Run): Promise<ConvergeReport> {
  const read = readBy(run);
  const plan = planFor(task, options, await load(task, options, read));
  for (const sql of plan.statements) await run([{ sql, args: [] }]);
  for (const adoption of plan.adoptions) await adoptTable(adoption, run, task.sequence);
  const built: string[] = [];
  for (const { name, sql } of missingCustom(task, options, await load(task, options, read))) {
    try {
      await run([{ sql, args: [] }]);
      built.push(sql);
    } catch {
      // These indexes only make things faster, so a failure is told and no reason to fail.
      options.warn(`stowage: the index ${name} could not be built`);
    }
  }
  return reportOf(plan, built);
}

const readBy = (run: Run) => async (statements: readonly Statement[]) =>
  (await run(statements)).map(({ rows }) => rows);

async function load(
  { mappings }: Convergence,
  place: Place,
  read: (statements: readonly Statement[]) => Promise<readonly (readonly SqlRow[])[]>,
): Promise<MysqlCatalog> {
  const steps = readCatalog(mappings, place);
  let step: IteratorResult<readonly Statement[], MysqlCatalog> = steps.next();
  while (!step.done) step = steps.next(await read(step.value));
  return step.value;
}

const planFor = ({ mappings, options: call }: Convergence, options: MysqlOptions, catalog: MysqlCatalog) =>
  planSchema(mappings, catalog, {
    database: options.database,
    prefix: options.prefix,
    adopt: call.adopt ?? false,
    plainIndexes: !options.skipDefaultIndexes,
  });

/** The indexes asked for that are missing. Those on tables that nobody here owns are passed over. */
function missingCustom(
  { mappings }: Convergence,
  { customIndexes, prefix }: MysqlOptions,
  catalog: MysqlCatalog,
): { name: string; sql: string }[] {
  return customIndexes.flatMap((index) => {
    const mapping = mappings.find(({ table }) => table.name === index.table);
    const name = fitName(prefix + index.name);
    if (!mapping || catalog.table(mapping.names.table)?.indexes.has(name.toLowerCase())) return [];
    return [{ name, sql: index.text(name, mapping) }];
  });
}

/** Everything that makes the tables on an empty database, as statements. Needs no database. */
export function createMysqlTablesText(tables: readonly Table[], prefix = ""): string[] {
  const refuse = (error: unknown): never => {
    throw error;
  };
  const dialect = mysqlDialect({ digest: refuse, namesIndexes: true, violation: () => undefined, translate: refuse });
  const limits = { prefix, maxKeyBytes: 2 ** 20, maxValueBytes: 2 ** 20 };
  const mappings = tables.map((table) => new TableMapping(table, dialect, limits));
  const nothing = { table: () => undefined, hasStamps: false, stamps: new Map(), foreign: new Set<string>() };
  return planSchema(mappings, nothing, { prefix, adopt: false, plainIndexes: true }).statements;
}
