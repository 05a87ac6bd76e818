export { capabilities } from "./capabilities.ts";
export type { IORedisClient, NodeRedisClient, RedisClient } from "./clients.ts";
export { RedisServerEngine, redisEngine } from "./engine.ts";
export type { RedisNamespaceOptions } from "./key-base.ts";
export type {
  RedisClientOptions,
  RedisClusterOptions,
  RedisHostOptions,
  RedisOptions,
  RedisUrlOptions,
} from "./options.ts";
export type { RedisEngineSettings } from "./redis-engine.ts";
export type { RedisStoreOptions } from "./store.ts";
export {
  AgentsRedis,
  DatasetsRedis,
  ExperimentsRedis,
  ObservabilityRedis,
  RedisStore,
  ScoresRedis,
  StoreMemoryRedis,
  WorkflowsRedis,
} from "./store.ts";
