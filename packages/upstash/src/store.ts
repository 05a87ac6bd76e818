import {
  type AdapterDefinition,
  adapterDomain,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { upstashEngine } from "./engine.ts";
import { resolveOptions, type UpstashOptions } from "./options.ts";

/** Options of {@link UpstashStore}. */
export type UpstashStoreOptions = UpstashOptions & StoreOptions;

const definition: AdapterDefinition<UpstashOptions> = {
  className: "UpstashStore",
  displayName: "Upstash",
  storeName: "UPSTASH",
  target: (options) =>
    "url" in options && typeof options.url === "string" ? withoutCredentials(options.url) : undefined,
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => upstashEngine(options, { logger }),
};

const domains = {
  ...adapterDomains(definition, "Upstash"),
  memory: adapterDomain(definition, "memory", "StoreMemoryUpstash"),
};

export const StoreMemoryUpstash = domains.memory;
export type StoreMemoryUpstash = InstanceType<typeof StoreMemoryUpstash>;
export const WorkflowsUpstash = domains.workflows;
export type WorkflowsUpstash = InstanceType<typeof WorkflowsUpstash>;
export const ScoresUpstash = domains.scores;
export type ScoresUpstash = InstanceType<typeof ScoresUpstash>;
export const ObservabilityUpstash = domains.observability;
export type ObservabilityUpstash = InstanceType<typeof ObservabilityUpstash>;
export const AgentsUpstash = domains.agents;
export type AgentsUpstash = InstanceType<typeof AgentsUpstash>;
export const DatasetsUpstash = domains.datasets;
export type DatasetsUpstash = InstanceType<typeof DatasetsUpstash>;
export const ExperimentsUpstash = domains.experiments;
export type ExperimentsUpstash = InstanceType<typeof ExperimentsUpstash>;

/** All seven domains on an Upstash database, over REST. */
export const UpstashStore = adapterStore(definition, domains);
export type UpstashStore = InstanceType<typeof UpstashStore>;
