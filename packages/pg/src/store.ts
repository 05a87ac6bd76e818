import {
  type AdapterDefinition,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { createTablesText } from "@stowage/sql";
import type { PoolLike } from "./clients.ts";
import { type DbClient, PoolAdapter } from "./db.ts";
import { type PostgresEngine, postgresEngine } from "./engine.ts";
import { type PostgresOptions, resolveOptions } from "./options.ts";

/** Options of {@link PostgresStore}. */
export type PostgresStoreOptions = PostgresOptions & StoreOptions;

/** The engine made last from an options object; the store asks for it right after. */
const engines = new WeakMap<object, PostgresEngine>();

const definition: AdapterDefinition<PostgresOptions> = {
  className: "PostgresStore",
  storeName: "PG",
  target: targetOf,
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => {
    const engine = postgresEngine(options, { logger });
    engines.set(options, engine);
    return engine;
  },
};

function targetOf(options: PostgresOptions): string | undefined {
  const { connectionString, host, port = 5432, database } = options as Partial<Record<string, unknown>>;
  if (typeof connectionString === "string") return withoutCredentials(connectionString);
  return typeof host === "string" ? `postgres://${host}:${port}/${database ?? ""}` : undefined;
}

const domains = adapterDomains(definition, "PG");

export const MemoryPG = domains.memory;
export type MemoryPG = InstanceType<typeof MemoryPG>;
export const WorkflowsPG = domains.workflows;
export type WorkflowsPG = InstanceType<typeof WorkflowsPG>;
export const ScoresPG = domains.scores;
export type ScoresPG = InstanceType<typeof ScoresPG>;
export const ObservabilityPG = domains.observability;
export type ObservabilityPG = InstanceType<typeof ObservabilityPG>;
export const AgentsPG = domains.agents;
export type AgentsPG = InstanceType<typeof AgentsPG>;
export const DatasetsPG = domains.datasets;
export type DatasetsPG = InstanceType<typeof DatasetsPG>;
export const ExperimentsPG = domains.experiments;
export type ExperimentsPG = InstanceType<typeof ExperimentsPG>;

/** All seven domains on PostgreSQL. */
export class PostgresStore extends adapterStore(definition, domains) {
  /** Name of the schema that holds the tables. */
  readonly schema: string;
  readonly #engine: PostgresEngine;
  #db: DbClient | undefined;
  #readDb: DbClient | undefined;

  constructor(options: PostgresStoreOptions) {
    super(options);
    this.#engine = engines.get(options) as PostgresEngine;
    this.schema = this.#engine.schema;
  }

  /** The pool given, or the one made from the options, which `close()` ends. */
  get pool(): PoolLike {
    return this.#engine.pool;
  }

  get readPool(): PoolLike | undefined {
    return this.#engine.readPool;
  }

  /** For statements of your own on the same connections. */
  get db(): DbClient {
    this.#db ??= new PoolAdapter(this.pool);
    return this.#db;
  }

  /** The same on the replica, or on the writer where there is none. */
  get readDb(): DbClient {
    if (!this.readPool) return this.db;
    this.#readDb ??= new PoolAdapter(this.readPool);
    return this.#readDb;
  }
}

/** Everything that `init()` makes on an empty database, as SQL; needs no database. */
export function exportSchemas(schemaName = "public", prefix = ""): string {
  resolveOptions({ connectionString: "postgres:", schemaName, prefix }, "exportSchemas");
  const tables = new Map(Object.values(domains).flatMap(({ tables }) => tables.map((table) => [table.name, table])));
  return `${createTablesText([...tables.values()], schemaName, prefix).join(";\n")};\n`;
}
