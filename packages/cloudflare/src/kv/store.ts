import { type AdapterDefinition, adapterDomains, adapterStore, type StoreOptions } from "@stowage/core";
import { type ProcessLevelOptions, processLevel, retry, stack } from "@stowage/core/layers";
import { workersKVEngine } from "./engine.ts";
import { operationsOf } from "./operations-of.ts";
import { type CloudflareKVOptions, resolveOptions } from "./options.ts";

/** Options of {@link CloudflareKVStorage}. */
export type CloudflareKVStorageOptions = CloudflareKVOptions & StoreOptions;

/** Tables that need a namespace of their own where there is no default, by the beginning of the class that needs them. */
const mandatory: Readonly<Record<string, readonly string[]>> = {
  CloudflareKVStorage: ["mastra_threads", "mastra_messages", "mastra_workflow_snapshot", "mastra_scorers"],
  Memory: ["mastra_threads", "mastra_messages"],
  Workflows: ["mastra_workflow_snapshot"],
  Scores: ["mastra_scorers"],
};

const definition: AdapterDefinition<CloudflareKVOptions> = {
  className: "CloudflareKVStorage",
  displayName: "Cloudflare",
  storeName: "CLOUDFLARE",
  validate(options, name) {
    const needs = Object.entries(mandatory).find(([beginning]) => name.startsWith(beginning));
    resolveOptions(options, { name, ...(needs && { mandatory: needs[1] }) });
  },
  open: (options) => stack(workersKVEngine(options, { besides }), [retry(), processLevel(permission(options))]),
};

/** A batch that an invocation cannot write whole is refused before its first part is written. */
function permission(options: CloudflareKVOptions): ProcessLevelOptions {
  const resolved = resolveOptions(options);
  if (resolved.form === "rest") return {};
  return { permit: (changes) => resolved.limit.need(changes.reduce((sum, change) => sum + operationsOf(change), 0)) };
}

const domains = adapterDomains(definition, "StorageCloudflare");

/** Where a table without a namespace is kept: with its domain, else with the threads. */
const besides = (table: string): string[] => [
  ...Object.values(domains)
    .map(({ tables }) => tables.map(({ name }) => name))
    .filter((names) => names.includes(table))
    .flat(),
  "mastra_threads",
];

export const MemoryStorageCloudflare = domains.memory;
export type MemoryStorageCloudflare = InstanceType<typeof MemoryStorageCloudflare>;
export const WorkflowsStorageCloudflare = domains.workflows;
export type WorkflowsStorageCloudflare = InstanceType<typeof WorkflowsStorageCloudflare>;
export const ScoresStorageCloudflare = domains.scores;
export type ScoresStorageCloudflare = InstanceType<typeof ScoresStorageCloudflare>;
export const ObservabilityStorageCloudflare = domains.observability;
export type ObservabilityStorageCloudflare = InstanceType<typeof ObservabilityStorageCloudflare>;
export const AgentsStorageCloudflare = domains.agents;
export type AgentsStorageCloudflare = InstanceType<typeof AgentsStorageCloudflare>;
export const DatasetsStorageCloudflare = domains.datasets;
export type DatasetsStorageCloudflare = InstanceType<typeof DatasetsStorageCloudflare>;
export const ExperimentsStorageCloudflare = domains.experiments;
export type ExperimentsStorageCloudflare = InstanceType<typeof ExperimentsStorageCloudflare>;

/** All seven domains on Workers KV. */
export const CloudflareKVStorage = adapterStore(definition, domains);
export type CloudflareKVStorage = InstanceType<typeof CloudflareKVStorage>;

/** The former name of {@link CloudflareKVStorage}. @deprecated */
export const CloudflareStore = CloudflareKVStorage;
