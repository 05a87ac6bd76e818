import type { AgentVersion as CoreVersion, StorageResolvedAgentType } from "@stowage/core";
import { request, segment } from "./client.ts";
import type { Wire } from "./memory.ts";

export type Agent = Wire<StorageResolvedAgentType>;
export type AgentVersion = Wire<CoreVersion>;

export const agentsPath = "/stored/agents";
export const agentPath = (id: string) => `${agentsPath}/${segment(id)}`;
export const agentVersionsPath = (id: string) => `${agentPath(id)}/versions`;
const versionPath = (id: string, versionId: string) => `${agentVersionsPath(id)}/${segment(versionId)}`;

export const agentsOf = (answer: { agents: Agent[] }) => answer.agents;
export const agentVersionsOf = (answer: { versions: AgentVersion[] }) => answer.versions;

const given = (signal: AbortSignal | undefined) => ({ ...(signal && { signal }) });

export const getAgent = (id: string, signal?: AbortSignal) => request<Agent>(agentPath(id), given(signal));

export const getAgentVersion = (id: string, versionId: string, signal?: AbortSignal) =>
  request<AgentVersion>(versionPath(id, versionId), given(signal));

export const getDependents = (id: string, signal?: AbortSignal) =>
  request<{ dependents: { id: string; name: string }[] }>(`${agentPath(id)}/dependents`, given(signal));

export interface FieldChange {
  field: string;
  previousValue: unknown;
  currentValue: unknown;
}

export const compareVersions = (id: string, from: string, to: string, signal?: AbortSignal) =>
  request<{ diffs: FieldChange[]; fromVersion: AgentVersion; toVersion: AgentVersion }>(
    `${agentVersionsPath(id)}/compare`,
    { query: { from, to }, ...given(signal) },
  );

/** Puts a version in force and publishes the agent. */
export const activateVersion = (id: string, versionId: string) =>
  request<object>(`${versionPath(id, versionId)}/activate`, { method: "POST", body: {} });

/** Makes a new version of an old one; it is not yet in force. */
export const restoreVersion = (id: string, versionId: string) =>
  request<AgentVersion>(`${versionPath(id, versionId)}/restore`, { method: "POST", body: {} });
