export { capabilities } from "./capabilities.ts";
export type { ClientLike, PoolLike } from "./clients.ts";
export type { PostgresEngineSettings } from "./engine.ts";
export { PostgresEngine, postgresEngine } from "./engine.ts";
export type { CreateIndexOptions, PostgresOptions } from "./options.ts";
export type { PostgresStoreOptions } from "./store.ts";
export {
  AgentsPG,
  DatasetsPG,
  ExperimentsPG,
  MemoryPG,
  ObservabilityPG,
  PostgresStore,
  ScoresPG,
  WorkflowsPG,
} from "./store.ts";
