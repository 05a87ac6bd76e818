import type { AgentsStorage, StorageAgentSnapshotType, StorageCreateAgentInput } from "@stowage/core";
import type { DomainContext } from "../context.ts";

export const open = (context: DomainContext, options?: Parameters<DomainContext["store"]>[1]): Promise<AgentsStorage> =>
  context.store<AgentsStorage>("agents", options);

/** A store that logs into a list, where the storage object takes a logger. */
export async function openLogged(context: DomainContext): Promise<{ store: AgentsStorage; warnings: string[] }> {
  const storage = await context.open();
  const warnings: string[] = [];
  const keep = (message: string) => warnings.push(message);
  const logger = { debug() {}, info() {}, warn: keep, error: keep };
  (storage as { __setLogger?: (given: typeof logger) => void }).__setLogger?.(logger);
  return { store: (await storage.getStore("agents")) as AgentsStorage, warnings };
}

/** A configuration that uses every field. */
export const snapshot = (changes: Partial<StorageAgentSnapshotType> = {}): StorageAgentSnapshotType => ({
  name: "Helper",
  description: "",
  instructions: [
    { type: "text", content: "be kind" },
    { type: "prompt_block_ref", id: "b" },
  ],
  model: { provider: "p", name: "m", temperature: 0 },
  tools: { search: { description: "d" } },
  defaultOptions: [
    { value: { maxSteps: 5 }, rules: { operator: "AND", conditions: [{ field: "a", operator: "equals", value: 1 }] } },
  ],
  workflows: {},
  agents: { other: {} },
  integrationTools: { slack: { tools: {} } },
  toolProviders: { composio: [] },
  inputProcessors: { steps: [{ type: "step", step: { id: "s", providerId: "p", config: null, enabledPhases: [] } }] },
  outputProcessors: [],
  memory: { lastMessages: false },
  scorers: { tone: { sampling: { type: "ratio", rate: 0.5 } } },
  mcpClients: { one: {} },
  workspace: { type: "id", workspaceId: "w" },
  browser: { headless: true },
  skills: { write: { pin: "1" } },
  skillsFormat: "json",
  durable: false,
  requestContextSchema: { type: "object", "$ref.x": {} },
  ...changes,
});

export const agent = (changes: Partial<StorageCreateAgentInput> = {}): StorageCreateAgentInput => ({
  id: "agent",
  name: "Helper",
  instructions: "be kind",
  model: { provider: "p", name: "m" },
  ...changes,
});
