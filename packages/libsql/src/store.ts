import { type AdapterDefinition, adapterDomain, adapterStore, type StoreOptions } from "@stowage/core";
import { libsqlEngine } from "./engine.ts";
import { type LibSQLOptions, resolveOptions } from "./options.ts";

/** Options of {@link LibSQLStore}. */
export interface LibSQLStoreOptions extends LibSQLOptions, StoreOptions {}

const definition: AdapterDefinition<LibSQLOptions> = {
  className: "LibSQLStore",
  storeName: "LIBSQL",
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => libsqlEngine(options, { logger }),
  repeatsInit: (options) => resolveOptions(options).target === "memory",
};

export const MemoryLibSQL = adapterDomain(definition, "memory", "MemoryLibSQL");
export type MemoryLibSQL = InstanceType<typeof MemoryLibSQL>;
export const WorkflowsLibSQL = adapterDomain(definition, "workflows", "WorkflowsLibSQL");
export type WorkflowsLibSQL = InstanceType<typeof WorkflowsLibSQL>;
export const ScoresLibSQL = adapterDomain(definition, "scores", "ScoresLibSQL");
export type ScoresLibSQL = InstanceType<typeof ScoresLibSQL>;
export const ObservabilityLibSQL = adapterDomain(definition, "observability", "ObservabilityLibSQL");
export type ObservabilityLibSQL = InstanceType<typeof ObservabilityLibSQL>;
export const AgentsLibSQL = adapterDomain(definition, "agents", "AgentsLibSQL");
export type AgentsLibSQL = InstanceType<typeof AgentsLibSQL>;
export const DatasetsLibSQL = adapterDomain(definition, "datasets", "DatasetsLibSQL");
export type DatasetsLibSQL = InstanceType<typeof DatasetsLibSQL>;
export const ExperimentsLibSQL = adapterDomain(definition, "experiments", "ExperimentsLibSQL");
export type ExperimentsLibSQL = InstanceType<typeof ExperimentsLibSQL>;

/** All seven domains on a SQLite file, in memory, or on a libSQL server. */
export const LibSQLStore = adapterStore<LibSQLStoreOptions>(definition as AdapterDefinition<LibSQLStoreOptions>, {
  memory: MemoryLibSQL,
  workflows: WorkflowsLibSQL,
  scores: ScoresLibSQL,
  observability: ObservabilityLibSQL,
  agents: AgentsLibSQL,
  datasets: DatasetsLibSQL,
  experiments: ExperimentsLibSQL,
});
export type LibSQLStore = InstanceType<typeof LibSQLStore>;

/** The name under which Mastra's users know {@link LibSQLStore}. */
export const DefaultStorage = LibSQLStore;
