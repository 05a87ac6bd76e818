import type { AgentsStorage } from "../domains/agents/storage.ts";
import type { DatasetsStorage } from "../domains/datasets/storage.ts";
import type { ExperimentsStorage } from "../domains/experiments/storage.ts";
import type { MemoryStorage } from "../domains/memory/storage.ts";
import type { ObservabilityStorage } from "../domains/observability/storage.ts";
import type { ScoresStorage } from "../domains/scores/storage.ts";
import type { StorageDomain } from "../domains/shared/domain.ts";
import type { WorkflowsStorage } from "../domains/workflows/storage.ts";

/** Every domain key that a storage object routes, in order. Stowage implements seven; a foreign store may supply the others. */
export const DOMAIN_KEYS = [
  "memory",
  "workflows",
  "workflowDefinitions",
  "scores",
  "observability",
  "agents",
  "datasets",
  "experiments",
  "promptBlocks",
  "scorerDefinitions",
  "mcpClients",
  "mcpServers",
  "workspaces",
  "skills",
  "favorites",
  "blobs",
  "backgroundTasks",
  "schedules",
  "channels",
  "harness",
  "toolProviderConnections",
  "notifications",
  "threadState",
  "knowledge",
] as const;
export type DomainKey = (typeof DOMAIN_KEYS)[number];

/** Keys that the `editor` option of a composite supplies. `blobs` is not among them. */
export const EDITOR_DOMAINS = [
  "agents",
  "promptBlocks",
  "scorerDefinitions",
  "mcpClients",
  "mcpServers",
  "workspaces",
  "skills",
  "favorites",
  "toolProviderConnections",
] as const satisfies readonly DomainKey[];

/** The domains that Stowage implements. */
export interface StowageDomains {
  memory: MemoryStorage;
  workflows: WorkflowsStorage;
  scores: ScoresStorage;
  observability: ObservabilityStorage;
  agents: AgentsStorage;
  datasets: DatasetsStorage;
  experiments: ExperimentsStorage;
}
export type StowageDomainKey = keyof StowageDomains;

/** The stores of a storage object by domain key. */
export type StorageDomains = Partial<StowageDomains> & {
  [K in Exclude<DomainKey, StowageDomainKey>]?: StorageDomain;
};
