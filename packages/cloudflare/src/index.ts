/** Workers KV and Durable Objects together; `./do` and `./kv` have one of the two. */
export type { CloudflareDOOptions, CloudflareDOStorageOptions, ObjectSql, ObjectStorage } from "./do/index.ts";
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
} from "./do/index.ts";
export type {
  CloudflareKVOptions,
  CloudflareKVStorageOptions,
  KVBinding,
  KVBindingOptions,
  KVBindingsOptions,
  KVClientOptions,
  KVRestOptions,
  OperationOptions,
} from "./kv/index.ts";
export {
  AgentsStorageCloudflare,
  CloudflareKVStorage,
  CloudflareStore,
  DatasetsStorageCloudflare,
  ExperimentsStorageCloudflare,
  MemoryStorageCloudflare,
  ObservabilityStorageCloudflare,
  ScoresStorageCloudflare,
  WorkflowsStorageCloudflare,
} from "./kv/index.ts";
