export { capabilities } from "./capabilities.ts";
export type {
  D1Binding,
  D1Client,
  D1ClientAnswer,
  D1Prepared,
  D1QueryResult,
  D1Session,
  D1Statements,
} from "./clients.ts";
export type { D1EngineSettings } from "./engine.ts";
export { D1Engine, d1Engine } from "./engine.ts";
export type { D1BindingOptions, D1ClientOptions, D1Options, D1RestOptions } from "./options.ts";
export type { D1StoreOptions } from "./store.ts";
export {
  AgentsStorageD1,
  D1Store,
  DatasetsStorageD1,
  ExperimentsStorageD1,
  MemoryStorageD1,
  ObservabilityStorageD1,
  ScoresStorageD1,
  WorkflowsStorageD1,
} from "./store.ts";
