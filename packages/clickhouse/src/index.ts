export { capabilities } from "./capabilities.ts";
export type { ClickhouseEngineSettings } from "./engine.ts";
export { clickhouseEngine } from "./engine.ts";
export type {
  ClickhouseOptions,
  IntervalUnit,
  Replication,
  TableTimeToLive,
  TimeToLive,
} from "./options.ts";
export type { ClickhouseStoreOptions } from "./store.ts";
export {
  AgentsStorageClickhouse,
  ClickhouseStore,
  DatasetsStorageClickhouse,
  ExperimentsStorageClickhouse,
  MemoryStorageClickhouse,
  ObservabilityStorageClickhouse,
  ScoresStorageClickhouse,
  WorkflowsStorageClickhouse,
} from "./store.ts";
