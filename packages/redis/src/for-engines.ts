/** For adapters of other Redis clients: the engine on any connection, without a client. */

export { commonCapabilities } from "./capabilities.ts";
export { byHash, type RedisConnection } from "./connection.ts";
export { classify, type Failure, type Fate, refusal } from "./errors.ts";
export { keyBase, type RedisNamespaceOptions } from "./key-base.ts";
export { RedisEngine, type RedisEngineConfig, type RedisEngineSettings } from "./redis-engine.ts";
export { Script } from "./script.ts";
