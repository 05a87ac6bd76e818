export { capabilities } from "./capabilities.ts";
export type { LanceEngineSettings } from "./engine.ts";
export { lanceEngine } from "./engine.ts";
export type { LanceOptions } from "./options.ts";
export type { LanceStorageOptions } from "./store.ts";
export {
  LanceStorage,
  StoreAgentsLance,
  StoreDatasetsLance,
  StoreExperimentsLance,
  StoreMemoryLance,
  StoreObservabilityLance,
  StoreScoresLance,
  StoreWorkflowsLance,
} from "./store.ts";
