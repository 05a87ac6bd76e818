import {
  type AdapterDefinition,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { mongodbEngine } from "./engine.ts";
import { type MongoDBOptions, resolveOptions } from "./options.ts";

/** Options of {@link MongoDBStore}. */
export type MongoDBStoreOptions = MongoDBOptions & StoreOptions;

const definition: AdapterDefinition<MongoDBOptions> = {
  className: "MongoDBStore",
  storeName: "MONGODB",
  target: targetOf,
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => mongodbEngine(options, { logger }),
};

function targetOf(options: MongoDBOptions): string | undefined {
  const { uri, url, dbName } = options as { uri?: unknown; url?: unknown; dbName?: unknown };
  const given = uri ?? url;
  if (typeof given !== "string") return typeof dbName === "string" ? `the database ${dbName}` : undefined;
  // What stands behind the hosts is the database to authenticate with, not the one that is used.
  const host = withoutCredentials(given)?.replace(/^([a-z+]+:\/\/[^/]*).*$/, "$1");
  return host && `${host}/${dbName}`;
}

const domains = adapterDomains(definition, "MongoDB");

export const MemoryMongoDB = domains.memory;
export type MemoryMongoDB = InstanceType<typeof MemoryMongoDB>;
export const WorkflowsMongoDB = domains.workflows;
export type WorkflowsMongoDB = InstanceType<typeof WorkflowsMongoDB>;
export const ScoresMongoDB = domains.scores;
export type ScoresMongoDB = InstanceType<typeof ScoresMongoDB>;
export const ObservabilityMongoDB = domains.observability;
export type ObservabilityMongoDB = InstanceType<typeof ObservabilityMongoDB>;
export const AgentsMongoDB = domains.agents;
export type AgentsMongoDB = InstanceType<typeof AgentsMongoDB>;
export const DatasetsMongoDB = domains.datasets;
export type DatasetsMongoDB = InstanceType<typeof DatasetsMongoDB>;
export const ExperimentsMongoDB = domains.experiments;
export type ExperimentsMongoDB = InstanceType<typeof ExperimentsMongoDB>;

/** All seven domains on MongoDB. */
export const MongoDBStore = adapterStore(definition, domains);
export type MongoDBStore = InstanceType<typeof MongoDBStore>;

// The names under which Mastra's users know the domains.
export {
  AgentsMongoDB as MongoDBAgentsStorage,
  DatasetsMongoDB as MongoDBDatasetsStorage,
  ExperimentsMongoDB as MongoDBExperimentsStorage,
  MemoryMongoDB as MemoryStorageMongoDB,
  ScoresMongoDB as ScoresStorageMongoDB,
  WorkflowsMongoDB as WorkflowsStorageMongoDB,
};
