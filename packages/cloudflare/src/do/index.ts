export { capabilities } from "./capabilities.ts";
export type { DurableObjectEngineSettings } from "./engine.ts";
export { durableObjectEngine } from "./engine.ts";
export type { CloudflareDOOptions, ObjectSql, ObjectStorage } from "./options.ts";
export type { CloudflareDOStorageOptions } from "./store.ts";
export {
  AgentsStorageDO,
  CloudflareDOStorage,
  DatasetsStorageDO,
  DOStore,
  ExperimentsStorageDO,
  MemoryStorageDO,
  ObservabilityStorageDO,
  ScoresStorageDO,
  WorkflowsStorageDO,
} from "./store.ts";
