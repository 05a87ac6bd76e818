export { capabilities } from "./capabilities.ts";
export type { ClientLike, PoolLike } from "./clients.ts";
export type { DbClient, TxClient } from "./db.ts";
export { PoolAdapter } from "./db.ts";
export type { PostgresEngineSettings } from "./engine.ts";
export { PostgresEngine, postgresEngine } from "./engine.ts";
export type { CreateIndexOptions, PostgresOptions } from "./options.ts";
export type { PostgresStoreOptions } from "./store.ts";
export {
  AgentsPG,
  DatasetsPG,
  ExperimentsPG,
  exportSchemas,
  MemoryPG,
  ObservabilityPG,
  PostgresStore,
  ScoresPG,
  WorkflowsPG,
} from "./store.ts";
