import { type AdapterDefinition, adapterDomains, adapterStore, type StoreOptions } from "@stowage/core";
import { postgresEngine } from "./engine.ts";
import { type PostgresOptions, resolveOptions } from "./options.ts";

/** Options of {@link PostgresStore}. */
export type PostgresStoreOptions = PostgresOptions & StoreOptions;

const definition: AdapterDefinition<PostgresOptions> = {
  className: "PostgresStore",
  storeName: "PG",
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => postgresEngine(options, { logger }),
};

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
export const PostgresStore = adapterStore(definition, domains);
export type PostgresStore = InstanceType<typeof PostgresStore>;
