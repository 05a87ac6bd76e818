export { capabilities } from "./capabilities.ts";
export type { PoolLike } from "./clients.ts";
export type { MSSQLEngineSettings } from "./engine.ts";
export { MSSQLEngine, mssqlEngine } from "./engine.ts";
export type { CreateIndexOptions, MSSQLOptions } from "./options.ts";
export type { MSSQLStoreOptions } from "./store.ts";
export {
  AgentsMSSQL,
  DatasetsMSSQL,
  ExperimentsMSSQL,
  exportSchemas,
  MemoryMSSQL,
  MSSQLStore,
  ObservabilityMSSQL,
  ScoresMSSQL,
  WorkflowsMSSQL,
} from "./store.ts";
