import { type AdapterDefinition, adapterDomains, adapterStore, type StoreOptions } from "@stowage/core";
import { mssqlTablesText } from "@stowage/sql";
import type { PoolLike } from "./clients.ts";
import { type MSSQLEngine, mssqlEngine } from "./engine.ts";
import { type MSSQLOptions, resolveOptions } from "./options.ts";

/** Options of {@link MSSQLStore}. */
export type MSSQLStoreOptions = MSSQLOptions & StoreOptions;

/** The engine made last from an options object; the store asks for it right after. */
const engines = new WeakMap<object, MSSQLEngine>();

const definition: AdapterDefinition<MSSQLOptions> = {
  className: "MSSQLStore",
  storeName: "MSSQL",
  target: targetOf,
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => {
    const engine = mssqlEngine(options, { logger });
    engines.set(options, engine);
    return engine;
  },
};

function targetOf(options: MSSQLOptions): string | undefined {
  const { pool } = resolveOptions(options);
  if ("given" in pool) return undefined;
  const { server, port = 1433, database } = pool.config;
  return `mssql://${server}:${port}/${database ?? ""}`;
}

const domains = adapterDomains(definition, "MSSQL");

export const MemoryMSSQL = domains.memory;
export type MemoryMSSQL = InstanceType<typeof MemoryMSSQL>;
export const WorkflowsMSSQL = domains.workflows;
export type WorkflowsMSSQL = InstanceType<typeof WorkflowsMSSQL>;
export const ScoresMSSQL = domains.scores;
export type ScoresMSSQL = InstanceType<typeof ScoresMSSQL>;
export const ObservabilityMSSQL = domains.observability;
export type ObservabilityMSSQL = InstanceType<typeof ObservabilityMSSQL>;
export const AgentsMSSQL = domains.agents;
export type AgentsMSSQL = InstanceType<typeof AgentsMSSQL>;
export const DatasetsMSSQL = domains.datasets;
export type DatasetsMSSQL = InstanceType<typeof DatasetsMSSQL>;
export const ExperimentsMSSQL = domains.experiments;
export type ExperimentsMSSQL = InstanceType<typeof ExperimentsMSSQL>;

/** All seven domains on SQL Server. */
export class MSSQLStore extends adapterStore(definition, domains) {
  /** Name of the schema that holds the tables. */
  readonly schema: string;
  readonly #engine: MSSQLEngine;

  constructor(options: MSSQLStoreOptions) {
    super(options);
    this.#engine = engines.get(options) as MSSQLEngine;
    this.schema = this.#engine.schema;
  }

  /** The pool given, or the one made from the options, which connects when it is used and is closed by `close()`. */
  get pool(): PoolLike {
    return this.#engine.pool;
  }
}

/** Filtered indexes are made under these settings only, which drivers have and some programs for scripts have not. */
const settings =
  "SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON";

/** Everything that `init()` makes on an empty database, as one script of T-SQL; needs no database. */
export function exportSchemas(schemaName = "dbo", prefix = ""): string {
  const nowhere = { server: "s", database: "d", user: "u", password: "p" };
  resolveOptions({ ...nowhere, schemaName, prefix }, "exportSchemas");
  const tables = new Map(Object.values(domains).flatMap(({ tables }) => tables.map((table) => [table.name, table])));
  return `${[settings, ...mssqlTablesText([...tables.values()], schemaName, prefix)].join(";\n")};\n`;
}
