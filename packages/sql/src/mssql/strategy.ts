import { type CallOptions, type ConvergeReport, jitter, pause, StorageError, type Table } from "@stowage/core/engine";
import type { BatchConnection, SqlRow, Statement } from "../connection.ts";
import { TableMapping } from "../mapping.ts";
import type { Convergence } from "../schema/converge.ts";
import type { Strategy } from "../strategy.ts";
import { adoptTable, describeAdoption, type Run } from "./adopt.ts";
import { type MssqlCatalog, nothing, readCatalog } from "./catalog.ts";
import { type MssqlIndex, missingCustom } from "./custom-index.ts";
import { mssqlDialect } from "./dialect.ts";
import { literal } from "./names.ts";
import { MssqlPlan } from "./plan.ts";
import { createIndex, planSchema, type SchemaPlan } from "./schema.ts";

export interface MssqlOptions {
  readonly schema: string;
  readonly prefix: string;
  readonly skipDefaultIndexes: boolean;
  readonly customIndexes: readonly MssqlIndex[];
  /** Answers statements of the catalogue, which no snapshot is made of. */
  catalogue: BatchConnection["read"];
  /** Runs statements that make something, and waits for as long as others are at it. */
  make: BatchConnection["batch"];
  /** Work in one transaction, request by request. */
  together<Result>(work: (run: Run) => Promise<Result>, options?: CallOptions): Promise<Result>;
  warn(message: string): void;
}

/** How often the schema is looked at again when somebody else is at it. */
const attempts = 8;

/** A lock that all processes take which are about to make something, held to the end of the transaction. */
const lockOf = ({ schema, prefix }: Pick<MssqlOptions, "schema" | "prefix">): Statement => ({
  sql:
    `DECLARE @lock INT; EXEC @lock = sp_getapplock @Resource = ${literal(`stowage ${schema}.${prefix}`)}, ` +
    "@LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 60000; " +
    "IF @lock < 0 BEGIN; THROW 51002, N'the lock of the schema was not to be had', 1; END",
  args: [],
});

/** Pages in use by table and its rows, as the server counts them, and the size of the database's files. */
const sizesOf = (schema: string): Statement => ({
  sql:
    "SELECT o.[name], SUM(a.[used_pages]) * 8192, " +
    "SUM(CASE WHEN p.[index_id] IN (0, 1) AND a.[type] = 1 THEN p.[rows] ELSE 0 END) " +
    "FROM sys.objects AS o INNER JOIN sys.partitions AS p ON p.[object_id] = o.[object_id] " +
    "INNER JOIN sys.allocation_units AS a " +
    "ON a.[container_id] = CASE WHEN a.[type] = 2 THEN p.[partition_id] ELSE p.[hobt_id] END " +
    "WHERE o.[schema_id] = SCHEMA_ID(?) AND o.[type] = 'U' GROUP BY o.[name] " +
    "UNION ALL SELECT NULL, SUM(CAST(f.[size] AS BIGINT)) * 8192, NULL FROM sys.database_files AS f",
  args: [schema],
});

/** How SQL Server applies batches and makes its schema. */
export function mssqlStrategy(options: MssqlOptions): Strategy {
  return {
    plan: (ops, context) => new MssqlPlan(ops, context),
    bulk: (ops, context) => new MssqlPlan(ops, context).statements,
    onDemand: (mapping, index) => [lockOf(options), { sql: createIndex(mapping, index), args: [] }],
    build: async (statements, call) => void (await options.make(statements, call)),
    sizes: sizesOf(options.schema),
    converge: (task) => converge(task, options),
  };
}

/**
 * Reads the catalogue, in one round trip when nothing is missing. What is missing is made in one transaction under a lock, by
 * statements that look whether they are still needed; then the catalogue is read again, until nothing is missing.
 */
async function converge(task: Convergence, options: MssqlOptions): Promise<ConvergeReport> {
  const { connection, options: call } = task;
  if (connection.kind !== "batch") throw new TypeError("SQL Server is at the other end of a wire");
  let applied: SchemaPlan | undefined;
  for (let tries = 0; ; tries++) {
    const catalog = await load(task.mappings, options, call);
    const plan = planSchema(task.mappings, catalog, {
      ...{ schema: options.schema, prefix: options.prefix },
      ...{ plainIndexes: !options.skipDefaultIndexes, adopt: call.adopt ?? false },
    });
    const custom = missingCustom(options.customIndexes, task.mappings, catalog, options.prefix);
    if (call.dryRun) return { ...plan, statements: [...textsOf(plan), ...custom.map(({ sql }) => sql)] };
    if (plan.statements.length + plan.adoptions.length === 0) {
      const built = await buildCustom(custom, options, call);
      return { unknown: plan.unknown, statements: [...(applied ? textsOf(applied) : []), ...built] };
    }
    if (tries === attempts) {
      throw new StorageError("the tables were changed by somebody else while they were made", { code: "schema" });
    }
    if (tries > 0) await pause(jitter(tries), call);
    const statements = plan.statements.map((sql) => ({ sql, args: [] }));
    if (statements.length > 0) await options.make([lockOf(options), ...statements], call);
    for (const adoption of plan.adoptions) {
      await options.together(async (run) => {
        await run([lockOf(options)]);
        await adoptTable(adoption, run, task.sequence);
      }, call);
    }
    applied ??= plan;
  }
}

const textsOf = ({ statements, adoptions }: SchemaPlan): string[] => [
  ...statements,
  ...adoptions.flatMap(describeAdoption),
];

/** A failure is told and no reason to fail: these indexes only make things faster. */
async function buildCustom(
  missing: readonly { readonly name: string; readonly sql: string }[],
  options: MssqlOptions,
  call: CallOptions,
): Promise<string[]> {
  const built: string[] = [];
  for (const { name, sql } of missing) {
    try {
      await options.make([lockOf(options), { sql, args: [] }], call);
      built.push(sql);
    } catch {
      options.warn(`stowage: the index ${name} could not be built`);
    }
  }
  return built;
}

async function load(
  mappings: readonly TableMapping[],
  options: MssqlOptions,
  call: CallOptions,
): Promise<MssqlCatalog> {
  const steps = readCatalog(mappings, options);
  let step: IteratorResult<readonly Statement[], MssqlCatalog> = steps.next();
  while (!step.done) {
    const answers: readonly (readonly SqlRow[])[] = await options.catalogue(step.value, call);
    step = steps.next(answers);
  }
  return step.value;
}

/** Everything that makes the tables on an empty database, as statements. Needs no database. */
export function mssqlTablesText(tables: readonly Table[], schema: string, prefix = ""): string[] {
  const refuse = (error: unknown): never => {
    throw error;
  };
  const dialect = mssqlDialect({ schema, digest: refuse, violation: () => undefined, translate: refuse });
  const limits = { prefix, maxKeyBytes: 800, maxValueBytes: 2 ** 25 };
  const mappings = tables.map((table) => new TableMapping(table, dialect, limits));
  return planSchema(mappings, nothing, { schema, prefix, adopt: false, plainIndexes: true }).statements;
}
