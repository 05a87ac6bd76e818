import {
  type AdapterDefinition,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { overflowTable } from "@stowage/core/layers";
import { createMysqlTablesText } from "@stowage/sql";
import type { PoolLike } from "./clients.ts";
import { type MySQLEngine, mysqlEngine } from "./engine.ts";
import { type MySQLOptions, resolveOptions } from "./options.ts";

/** Options of {@link MySQLStore}. */
export type MySQLStoreOptions = MySQLOptions &
  Omit<StoreOptions, "id"> & {
    /** Identifies the instance. Not blank. Default `mysql`. */
    id?: string;
  };

/** The engine made last from an options object; the store asks for it right after. */
const engines = new WeakMap<object, MySQLEngine>();

const definition: AdapterDefinition<MySQLOptions> = {
  className: "MySQLStore",
  storeName: "MYSQL",
  target: targetOf,
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => {
    const engine = mysqlEngine(options, { logger });
    engines.set(options, engine);
    return engine;
  },
};

function targetOf(options: MySQLOptions): string | undefined {
  const { connectionString, host, port = 3306, database } = options as unknown as Partial<Record<string, unknown>>;
  if (typeof connectionString === "string") return withoutCredentials(connectionString);
  return typeof host === "string" ? `mysql://${host}:${port}/${database ?? ""}` : undefined;
}

const domains = adapterDomains(definition, "MySQL");

export const MemoryMySQL = domains.memory;
export type MemoryMySQL = InstanceType<typeof MemoryMySQL>;
export const WorkflowsMySQL = domains.workflows;
export type WorkflowsMySQL = InstanceType<typeof WorkflowsMySQL>;
export const ScoresMySQL = domains.scores;
export type ScoresMySQL = InstanceType<typeof ScoresMySQL>;
export const ObservabilityMySQL = domains.observability;
export type ObservabilityMySQL = InstanceType<typeof ObservabilityMySQL>;
export const AgentsMySQL = domains.agents;
export type AgentsMySQL = InstanceType<typeof AgentsMySQL>;
export const DatasetsMySQL = domains.datasets;
export type DatasetsMySQL = InstanceType<typeof DatasetsMySQL>;
export const ExperimentsMySQL = domains.experiments;
export type ExperimentsMySQL = InstanceType<typeof ExperimentsMySQL>;

/** All seven domains on MySQL or MariaDB. */
export class MySQLStore extends adapterStore(definition, domains) {
  readonly #engine: MySQLEngine;

  constructor(options: MySQLStoreOptions) {
    const named = { ...options, id: options?.id === undefined ? "mysql" : options.id };
    super(named);
    this.#engine = engines.get(named) as MySQLEngine;
  }

  /** The pool given, or the one made from the options, which `close()` ends. */
  get pool(): PoolLike {
    return this.#engine.pool;
  }
}

/** Everything that `init()` makes on an empty database, as SQL; needs no database. */
export function exportSchemas(prefix = ""): string {
  resolveOptions({ connectionString: "mysql://host/database", prefix }, "exportSchemas");
  const all = [...Object.values(domains).flatMap(({ tables }) => tables), overflowTable];
  const tables = new Map(all.map((table) => [table.name, table]));
  return `${createMysqlTablesText([...tables.values()], prefix).join(";\n")};\n`;
}
