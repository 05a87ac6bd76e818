import { type AdapterDefinition, adapterDomains, adapterStore, type StoreOptions } from "@stowage/core";
import { durableObjectEngine } from "./engine.ts";
import { type CloudflareDOOptions, checkOptions } from "./options.ts";

/** Options of {@link CloudflareDOStorage}. An object has one store as a rule, so its `id` may be left out. */
export interface CloudflareDOStorageOptions extends CloudflareDOOptions, Omit<StoreOptions, "id"> {
  /** Identifies the instance. Default `do-store`. */
  id?: string;
}

const definition: AdapterDefinition<CloudflareDOOptions> = {
  className: "CloudflareDOStorage",
  displayName: "DO",
  storeName: "CLOUDFLARE_DO",
  validate: checkOptions,
  open: (options) => durableObjectEngine(options),
};

const domains = adapterDomains(definition, "StorageDO");

export const MemoryStorageDO = domains.memory;
export type MemoryStorageDO = InstanceType<typeof MemoryStorageDO>;
export const WorkflowsStorageDO = domains.workflows;
export type WorkflowsStorageDO = InstanceType<typeof WorkflowsStorageDO>;
export const ScoresStorageDO = domains.scores;
export type ScoresStorageDO = InstanceType<typeof ScoresStorageDO>;
export const ObservabilityStorageDO = domains.observability;
export type ObservabilityStorageDO = InstanceType<typeof ObservabilityStorageDO>;
export const AgentsStorageDO = domains.agents;
export type AgentsStorageDO = InstanceType<typeof AgentsStorageDO>;
export const DatasetsStorageDO = domains.datasets;
export type DatasetsStorageDO = InstanceType<typeof DatasetsStorageDO>;
export const ExperimentsStorageDO = domains.experiments;
export type ExperimentsStorageDO = InstanceType<typeof ExperimentsStorageDO>;

/** All seven domains in the database of a Durable Object. */
export class CloudflareDOStorage extends adapterStore(definition, domains) {
  static {
    // Bundlers rename classes.
    Object.defineProperty(CloudflareDOStorage, "name", { value: definition.className });
  }

  constructor(options: CloudflareDOStorageOptions) {
    super({ ...options, id: options?.id === undefined ? "do-store" : options.id });
  }
}

/** A shorter name of {@link CloudflareDOStorage}. */
export const DOStore = CloudflareDOStorage;
