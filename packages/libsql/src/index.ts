export { localCapabilities, remoteCapabilities } from "./capabilities.ts";
export type { LibSQLEngineSettings } from "./engine.ts";
export { libsqlEngine } from "./engine.ts";
export type { LibSQLOptions } from "./options.ts";
export type { LibSQLStoreOptions } from "./store.ts";
export {
  AgentsLibSQL,
  DatasetsLibSQL,
  DefaultStorage,
  ExperimentsLibSQL,
  LibSQLStore,
  MemoryLibSQL,
  ObservabilityLibSQL,
  ScoresLibSQL,
  WorkflowsLibSQL,
} from "./store.ts";
