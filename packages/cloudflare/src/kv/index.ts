export { namespaceCapabilities } from "./capabilities.ts";
export type { CloudflareClient, KVBinding, KVList } from "./clients.ts";
export type { WorkersKVEngineSettings } from "./engine.ts";
export { workersKVEngine } from "./engine.ts";
export type {
  CloudflareKVOptions,
  KVBindingOptions,
  KVBindingsOptions,
  KVClientOptions,
  KVRestOptions,
  OperationOptions,
} from "./options.ts";
export type { CloudflareKVStorageOptions } from "./store.ts";
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
} from "./store.ts";
