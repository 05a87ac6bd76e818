import { schemaOf } from "../shared/schema.ts";
import { agents, agentVersions } from "./tables.ts";

export { AgentsStorage, VersionedStorageDomain } from "./storage.ts";
export type {
  AgentInstructionBlock,
  AgentModel,
  AgentStatus,
  AgentVersion,
  ConditionalField,
  CreateVersionInput,
  ListVersionsInput,
  ListVersionsOutput,
  Rule,
  RuleGroup,
  StorageAgentSnapshotType,
  StorageAgentType,
  StorageCreateAgentInput,
  StorageListAgentsInput,
  StorageListAgentsOutput,
  StorageListAgentsResolvedOutput,
  StorageResolvedAgentType,
  StorageUpdateAgentInput,
  VersionResolutionOptions,
} from "./types.ts";

/** Name of the table of agents. */
export const TABLE_AGENTS = agents.name;
export const AGENTS_SCHEMA = schemaOf(agents);
/** Name of the table of their versions. */
export const TABLE_AGENT_VERSIONS = agentVersions.name;
export const AGENT_VERSIONS_SCHEMA = schemaOf(agentVersions);
