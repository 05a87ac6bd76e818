import {
  type AdapterDefinition,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { libsqlEngine } from "./engine.ts";
import { type LibSQLOptions, resolveOptions } from "./options.ts";

/** Options of {@link LibSQLStore}. */
export interface LibSQLStoreOptions extends LibSQLOptions, StoreOptions {}

const definition: AdapterDefinition<LibSQLOptions> = {
  className: "LibSQLStore",
  storeName: "LIBSQL",
  hasOneWriter: true,
  target: ({ url, client }) => (client ? undefined : withoutCredentials(url ?? "")),
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => libsqlEngine(options, { logger }),
  repeatsInit: (options) => resolveOptions(options).target === "memory",
};

const domains = adapterDomains(definition, "LibSQL");

export const MemoryLibSQL = domains.memory;
export type MemoryLibSQL = InstanceType<typeof MemoryLibSQL>;
export const WorkflowsLibSQL = domains.workflows;
export type WorkflowsLibSQL = InstanceType<typeof WorkflowsLibSQL>;
export const ScoresLibSQL = domains.scores;
export type ScoresLibSQL = InstanceType<typeof ScoresLibSQL>;
export const ObservabilityLibSQL = domains.observability;
export type ObservabilityLibSQL = InstanceType<typeof ObservabilityLibSQL>;
export const AgentsLibSQL = domains.agents;
export type AgentsLibSQL = InstanceType<typeof AgentsLibSQL>;
export const DatasetsLibSQL = domains.datasets;
export type DatasetsLibSQL = InstanceType<typeof DatasetsLibSQL>;
export const ExperimentsLibSQL = domains.experiments;
export type ExperimentsLibSQL = InstanceType<typeof ExperimentsLibSQL>;

/** All seven domains on a SQLite file, in memory, or on a libSQL server. */
export const LibSQLStore = adapterStore(definition, domains);
export type LibSQLStore = InstanceType<typeof LibSQLStore>;

/** The name under which Mastra's users know {@link LibSQLStore}. */
export const DefaultStorage = LibSQLStore;
