import type { CallOptions, ConvergeReport, Table, WriteOp } from "@stowage/core/engine";
import type { SqlRow, Statement, StatementResult } from "../connection.ts";
import { TableMapping } from "../mapping.ts";
import type { Convergence } from "../schema/converge.ts";
import type { Strategy } from "../strategy.ts";
import { singlePlan } from "../write/single.ts";
import { adoptTable, describeAdoption } from "./adopt.ts";
import { bulkStatements } from "./bulk.ts";
import { type PostgresCatalog, readCatalog } from "./catalog.ts";
import { buildCustom, type CustomIndex, customName, misplacedCustom, missingCustom } from "./custom-index.ts";
import { postgresDialect } from "./dialect.ts";
import { PostgresPlan } from "./plan.ts";
import { createIndex, planSchema, type SchemaPlan } from "./schema.ts";

type Run = (statements: readonly Statement[]) => Promise<readonly StatementResult[]>;

export interface PostgresOptions {
  readonly schema: string;
  readonly prefix: string;
  readonly skipDefaultIndexes: boolean;
  readonly customIndexes: readonly CustomIndex[];
  /** Runs work in one transaction of one client, from the start when it lost against another one. */
  transaction<Result>(work: (run: Run) => Promise<Result>, options?: CallOptions): Promise<Result>;
  /** Runs a statement that is a transaction by itself. */
  alone(sql: string, options?: CallOptions): Promise<void>;
  /** Whether connections are known to take {@link Statement.copied}. */
  takesCopies(): boolean;
  /** Calls back when everything has been asked for that is asked for at this moment. */
  soon(flush: () => void): void;
  warn(message: string): void;
}

/** Names one lock among all that programs may take on a database. */
const lockOf = ({ schema, prefix }: PostgresOptions): Statement => ({
  sql: "SELECT 1 FROM (SELECT pg_catalog.pg_advisory_xact_lock(1937010535, pg_catalog.hashtext(?))) AS locked",
  args: [`${schema}.${prefix}`],
});

/** Rows are counted when the server analyses a table; before, their number is -1. */
const sizesOf = ({ schema }: PostgresOptions): Statement => ({
  sql: `SELECT c.relname::text, pg_catalog.pg_total_relation_size(c.oid),
    CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples::bigint END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ? AND c.relkind IN ('r', 'p')`,
  args: [schema],
});

/** A statement that changes nothing has nothing to undo. Only to leave a row alone it would have to be touched. */
const isOne = ([op, ...more]: readonly WriteOp[]): boolean =>
  more.length === 0 && !(op?.op === "put" && op.mode === "skip");

/** How PostgreSQL applies batches and makes its schema. */
export function postgresStrategy(options: PostgresOptions): Strategy {
  const lock = lockOf(options);
  const told = new Set<CustomIndex>();
  return {
    plan: (ops, context) =>
      isOne(ops) ? singlePlan(ops, context) : new PostgresPlan(ops, context, options.takesCopies()),
    joinWrites: options.soon,
    bulk: bulkStatements,
    onDemand: (mapping, index) => [lock, { sql: createIndex(mapping, index), args: [] }],
    converge: (task) => {
      for (const index of misplacedCustom(options.customIndexes, task.mappings)) {
        if (told.has(index)) continue;
        told.add(index);
        options.warn(`stowage: the index ${index.name} is left out: this store has no table ${index.table}`);
      }
      return converge(task, options, lock);
    },
    sizes: sizesOf(options),
  };
}

/**
 * Reads the catalogue, in two round trips when nothing is missing. What is missing is applied in one transaction under a
 * lock that all processes take, after another look: the first one applies it, the others find it done.
 */
async function converge(task: Convergence, options: PostgresOptions, lock: Statement): Promise<ConvergeReport> {
  const { connection, options: call } = task;
  if (connection.kind !== "batch") throw new TypeError("PostgreSQL is at the other end of a wire");
  const reload = () => load(task, options, (statements) => connection.read(statements, call));
  const catalog = await reload();
  const plan = planFor(task, options, catalog);
  const custom = {
    ...{ schema: options.schema, prefix: options.prefix, indexes: options.customIndexes, mappings: task.mappings },
    ...{ reload, options: call },
    alone: (sql: string, own?: CallOptions) => options.alone(sql, own),
    warn: (message: string) => options.warn(message),
  };
  if (call.dryRun) {
    const missing = missingCustom(custom, catalog).flatMap(({ statements }) => statements);
    return { ...reportOf(plan), statements: [...reportOf(plan).statements, ...missing] };
  }
  const applied = reportOf(isDone(plan) ? plan : await apply(task, options, lock));
  const built = await buildCustom(custom, catalog);
  return { ...applied, statements: [...applied.statements, ...built] };
}

function apply(task: Convergence, options: PostgresOptions, lock: Statement): Promise<SchemaPlan> {
  return options.transaction(async (run) => {
    // Neither a limit for queries nor one for locks is meant for this.
    await run([
      { sql: "SET LOCAL statement_timeout = 0", args: [] },
      { sql: "SET LOCAL lock_timeout = '30s'", args: [] },
      lock,
    ]);
    const read = async (statements: readonly Statement[]) => (await run(statements)).map(({ rows }) => rows);
    const fresh = planFor(task, options, await load(task, options, read));
    if (fresh.statements.length > 0) await run(fresh.statements.map((sql) => ({ sql, args: [] })));
    for (const adoption of fresh.adoptions) await adoptTable(adoption, run, task.sequence);
    return fresh;
  }, task.options);
}

const isDone = ({ statements, adoptions }: SchemaPlan) => statements.length === 0 && adoptions.length === 0;

const reportOf = ({ statements, adoptions, unknown }: SchemaPlan): ConvergeReport => ({
  statements: [...statements, ...adoptions.flatMap(describeAdoption)],
  unknown,
});

async function load(
  { mappings }: Convergence,
  { schema, prefix, skipDefaultIndexes, customIndexes }: PostgresOptions,
  read: (statements: readonly Statement[]) => Promise<readonly (readonly SqlRow[])[]>,
): Promise<PostgresCatalog> {
  const indexNames = mappings.flatMap(({ names }) =>
    names.indexes.filter(({ unique }) => unique || !skipDefaultIndexes).map(({ name }) => name),
  );
  indexNames.push(...customIndexes.map((index) => customName(prefix, index)));
  const steps = readCatalog(mappings, { schema, prefix, indexNames });
  let step: IteratorResult<readonly Statement[], PostgresCatalog> = steps.next();
  while (!step.done) step = steps.next(await read(step.value));
  return step.value;
}

const planFor = (
  task: Convergence,
  { schema, prefix, skipDefaultIndexes }: PostgresOptions,
  catalog: PostgresCatalog,
) =>
  planSchema(task.mappings, catalog, {
    schema,
    prefix,
    adopt: task.options.adopt ?? false,
    plainIndexes: !skipDefaultIndexes,
  });

const nothing: PostgresCatalog = {
  hasSchema: false,
  tables: new Map(),
  indexes: new Map(),
  hasStamps: false,
  stamps: new Map(),
  foreign: new Set(),
  hasLz4: false,
};

/** Everything that makes the tables on an empty database, as statements. Needs no database. */
export function createTablesText(tables: readonly Table[], schema: string, prefix = ""): string[] {
  const refuse = (error: unknown): never => {
    throw error;
  };
  const dialect = postgresDialect({ schema, violation: () => undefined, translate: refuse });
  const limits = { prefix, maxKeyBytes: 800, maxValueBytes: 2 ** 25 };
  const mappings = tables.map((table) => new TableMapping(table, dialect, limits));
  return planSchema(mappings, nothing, { schema, prefix, adopt: false, plainIndexes: true }).statements;
}
