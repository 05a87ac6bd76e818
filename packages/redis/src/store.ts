import {
  type AdapterDefinition,
  adapterDomain,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import type { RedisClient } from "./clients.ts";
import { type RedisServerEngine, redisEngine } from "./engine.ts";
import { type RedisOptions, resolveOptions } from "./options.ts";

/** Options of {@link RedisStore}. */
export type RedisStoreOptions = RedisOptions & StoreOptions;

/** The engine made last from an options object; the store asks for it right after. */
const engines = new WeakMap<object, RedisServerEngine>();

const definition: AdapterDefinition<RedisOptions> = {
  className: "RedisStore",
  displayName: "Redis",
  storeName: "REDIS",
  target: targetOf,
  validate: (options, name) => void resolveOptions(options, name),
  open: (options, logger) => {
    const engine = redisEngine(options, { logger });
    engines.set(options, engine);
    return engine;
  },
};

function targetOf(options: RedisOptions): string | undefined {
  const { connectionString, host, port = 6379, db = 0 } = options as unknown as Partial<Record<string, unknown>>;
  if (typeof connectionString === "string") return withoutCredentials(connectionString);
  return typeof host === "string" ? `redis://${host}:${port}/${db}` : undefined;
}

const domains = {
  ...adapterDomains(definition, "Redis"),
  memory: adapterDomain(definition, "memory", "StoreMemoryRedis"),
};

export const StoreMemoryRedis = domains.memory;
export type StoreMemoryRedis = InstanceType<typeof StoreMemoryRedis>;
export const WorkflowsRedis = domains.workflows;
export type WorkflowsRedis = InstanceType<typeof WorkflowsRedis>;
export const ScoresRedis = domains.scores;
export type ScoresRedis = InstanceType<typeof ScoresRedis>;
export const ObservabilityRedis = domains.observability;
export type ObservabilityRedis = InstanceType<typeof ObservabilityRedis>;
export const AgentsRedis = domains.agents;
export type AgentsRedis = InstanceType<typeof AgentsRedis>;
export const DatasetsRedis = domains.datasets;
export type DatasetsRedis = InstanceType<typeof DatasetsRedis>;
export const ExperimentsRedis = domains.experiments;
export type ExperimentsRedis = InstanceType<typeof ExperimentsRedis>;

/** All seven domains on a Redis server, a cluster, or behind sentinels. */
export class RedisStore extends adapterStore(definition, domains) {
  readonly #engine: RedisServerEngine;

  constructor(options: RedisStoreOptions) {
    super(options);
    this.#engine = engines.get(options) as RedisServerEngine;
  }

  /** The client given, or the one made from the options, opened; `close()` ends only the latter. */
  getClient(): Promise<RedisClient> {
    return this.#engine.getClient();
  }
}
