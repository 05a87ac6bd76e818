export { capabilities, standaloneCapabilities } from "./capabilities.ts";
export type { MongoDBEngineSettings } from "./engine.ts";
export { MongoDBEngine, mongodbEngine } from "./engine.ts";
export type {
  ConnectorHandler,
  MongoDBAddressOptions,
  MongoDBClientOptions,
  MongoDBConnectorOptions,
  MongoDBHandlerOptions,
  MongoDBIndexConfig,
  MongoDBOptions,
} from "./options.ts";
export type { MongoDBStoreOptions } from "./store.ts";
export {
  AgentsMongoDB,
  DatasetsMongoDB,
  ExperimentsMongoDB,
  MemoryMongoDB,
  MemoryStorageMongoDB,
  MongoDBAgentsStorage,
  MongoDBDatasetsStorage,
  MongoDBExperimentsStorage,
  MongoDBStore,
  ObservabilityMongoDB,
  ScoresMongoDB,
  ScoresStorageMongoDB,
  WorkflowsMongoDB,
  WorkflowsStorageMongoDB,
} from "./store.ts";
