import { AgentsStore } from "./agents/store.ts";
import { DatasetsStore } from "./datasets/store.ts";
import { ExperimentsStore } from "./experiments/store.ts";
import { MemoryStore } from "./memory/store.ts";
import { ObservabilityStore } from "./observability/store.ts";
import { ScoresStore } from "./scores/store.ts";
import { WorkflowsStore } from "./workflows/store.ts";

/** The implementation of each domain, by key. */
export const domainClasses = {
  memory: MemoryStore,
  workflows: WorkflowsStore,
  scores: ScoresStore,
  observability: ObservabilityStore,
  agents: AgentsStore,
  datasets: DatasetsStore,
  experiments: ExperimentsStore,
} as const;

export type DomainClasses = typeof domainClasses;
export type DomainClassKey = keyof DomainClasses;
