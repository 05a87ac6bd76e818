export { capabilities } from "./capabilities.ts";
export { convexEngine } from "./engine.ts";
export type {
  ConvexCaller,
  ConvexClientOptions,
  ConvexOptions,
  ConvexPlaceOptions,
  ConvexUrlOptions,
} from "./options.ts";
export type { ConvexStoreOptions } from "./store.ts";
export {
  AgentsConvex,
  ConvexStore,
  DatasetsConvex,
  ExperimentsConvex,
  MemoryConvex,
  ObservabilityConvex,
  ScoresConvex,
  WorkflowsConvex,
} from "./store.ts";
