export { capabilities } from "./capabilities.ts";
export type { ClientLike, PoolLike } from "./clients.ts";
export type { MySQLEngineSettings } from "./engine.ts";
export { MySQLEngine, mysqlEngine } from "./engine.ts";
export type { CreateIndexOptions, MySQLOptions } from "./options.ts";
export type { MySQLStoreOptions } from "./store.ts";
export {
  AgentsMySQL,
  DatasetsMySQL,
  ExperimentsMySQL,
  exportSchemas,
  MemoryMySQL,
  MySQLStore,
  ObservabilityMySQL,
  ScoresMySQL,
  WorkflowsMySQL,
} from "./store.ts";
