export { capabilities } from "./capabilities.ts";
export { upstashEngine } from "./engine.ts";
export type { UpstashClientOptions, UpstashOptions, UpstashUrlOptions } from "./options.ts";
export type { UpstashStoreOptions } from "./store.ts";
export {
  AgentsUpstash,
  DatasetsUpstash,
  ExperimentsUpstash,
  ObservabilityUpstash,
  ScoresUpstash,
  StoreMemoryUpstash,
  UpstashStore,
  WorkflowsUpstash,
} from "./store.ts";
