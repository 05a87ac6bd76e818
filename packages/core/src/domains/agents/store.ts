import { get, remove } from "../../engine/operations.ts";
import type { Table } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import { clearTables } from "../shared/clear.ts";
import type { DomainContext } from "../shared/context.ts";
import { removeAll } from "../shared/deletions.ts";
import { isKeyText } from "../shared/key-text.ts";
import { defineOperations } from "../shared/operations.ts";
import { pageInfo } from "../shared/pagination.ts";
import { lookupId } from "../shared/values.ts";
import { createAgent, updateAgent } from "./change-records.ts";
import { removeVersions, versionMarks } from "./deletion.ts";
import { pageOfAgents } from "./list-agents.ts";
import { countVersions, latestVersion, listVersions, versionByNumber, versionsById } from "./read-versions.ts";
import { toAgent } from "./records.ts";
import { listResolved, resolveAgent } from "./resolve.ts";
import { toVersion } from "./snapshot.ts";
import { AgentsStorage } from "./storage.ts";
import { agents, agentsTables, agentVersions } from "./tables.ts";
import type {
  AgentVersion,
  CreateVersionInput,
  ListVersionsInput,
  ListVersionsOutput,
  StorageAgentType,
  StorageCreateAgentInput,
  StorageListAgentsInput,
  StorageListAgentsOutput,
  StorageListAgentsResolvedOutput,
  StorageResolvedAgentType,
  StorageUpdateAgentInput,
  VersionResolutionOptions,
} from "./types.ts";
import { createVersion } from "./versions.ts";

/** The `agents` domain on any engine. */
export class AgentsStore extends AgentsStorage {
  static readonly tables: readonly Table[] = agentsTables;
  readonly context: DomainContext;

  constructor(context: DomainContext) {
    super();
    this.context = context;
  }

  init(): Promise<void> {
    return this.context.init();
  }

  async create({ agent }: { agent: StorageCreateAgentInput }): Promise<StorageAgentType> {
    return createAgent(this.context, agent);
  }

  async getById(id: string): Promise<StorageAgentType | null> {
    const key = keyOf(id, "id");
    if (key === undefined) return null;
    const [{ rows }] = await this.context.engine.read([get(agents, [[key]])]);
    return rows[0] ? toAgent(rows[0]) : null;
  }

  async update(input: StorageUpdateAgentInput): Promise<StorageAgentType> {
    return updateAgent(this.context, input);
  }

  async delete(id: string): Promise<void> {
    const key = keyOf(id, "id");
    if (key !== undefined) await removeVersions(this.context, key, true);
  }

  async list(input: StorageListAgentsInput = {}): Promise<StorageListAgentsOutput> {
    const { page, rows, total } = await pageOfAgents(this.context, input);
    return { ...pageInfo(page, rows.length, total), agents: rows.map(toAgent) };
  }

  async createVersion(input: CreateVersionInput): Promise<AgentVersion> {
    return createVersion(this.context, input);
  }

  async getVersion(id: string): Promise<AgentVersion | null> {
    const key = keyOf(id, "id");
    const [version] = key === undefined ? [] : await versionsById(this.context, [key]);
    return version ? toVersion(version) : null;
  }

  async getVersions(ids: string[]): Promise<AgentVersion[]> {
    if (!Array.isArray(ids)) throw invalid("ids must be an array", "INVALID_INPUT", { path: "ids" });
    const keys = ids.flatMap((id) => keyOf(id, "ids") ?? []);
    return (await versionsById(this.context, keys)).map(toVersion);
  }

  async getVersionByNumber(agentId: string, versionNumber: number): Promise<AgentVersion | null> {
    return versionByNumber(this.context, agentId, versionNumber);
  }

  async getLatestVersion(agentId: string): Promise<AgentVersion | null> {
    return latestVersion(this.context, agentId);
  }

  async listVersions(input: ListVersionsInput): Promise<ListVersionsOutput> {
    return listVersions(this.context, input);
  }

  async deleteVersion(id: string): Promise<void> {
    const key = keyOf(id, "id");
    if (key !== undefined) await this.context.engine.write([remove(agentVersions, [key])]);
  }

  async deleteVersionsByParentId(agentId: string): Promise<void> {
    const key = keyOf(agentId, "agentId");
    if (key !== undefined) await removeVersions(this.context, key, false);
  }

  async countVersions(agentId: string): Promise<number> {
    return countVersions(this.context, agentId);
  }

  async getByIdResolved(id: string, options?: VersionResolutionOptions): Promise<StorageResolvedAgentType | null> {
    return resolveAgent(this.context, id, options);
  }

  async listResolved(input: StorageListAgentsInput = {}): Promise<StorageListAgentsResolvedOutput> {
    return listResolved(this.context, input);
  }

  async createAgent({ agent }: { agent: StorageCreateAgentInput }): Promise<StorageAgentType> {
    return createAgent(this.context, agent);
  }

  async getAgentById({ id }: { id: string }): Promise<StorageResolvedAgentType | null> {
    return resolveAgent(this.context, id, { status: "draft" });
  }

  async getAgentByIdResolved({ id }: { id: string }): Promise<StorageResolvedAgentType | null> {
    return resolveAgent(this.context, id);
  }

  async updateAgent(input: StorageUpdateAgentInput): Promise<StorageAgentType> {
    return updateAgent(this.context, input, true);
  }

  async deleteAgent({ id }: { id: string }): Promise<void> {
    return this.delete(id);
  }

  async listAgents(input: StorageListAgentsInput = {}): Promise<StorageListAgentsResolvedOutput> {
    return listResolved(this.context, input, true);
  }

  async listAgentsResolved(input: StorageListAgentsInput = {}): Promise<StorageListAgentsResolvedOutput> {
    return listResolved(this.context, input);
  }

  async deleteVersionsByAgentId(agentId: string): Promise<void> {
    return this.deleteVersionsByParentId(agentId);
  }

  async dangerouslyClearAll(): Promise<void> {
    await clearTables(this.context.engine, [agentVersions, agents]);
    await removeAll(this.context.engine, [versionMarks]);
  }
}

/** A key to look for; `undefined` for one that cannot be there. */
function keyOf(value: unknown, path: string): string | undefined {
  const id = lookupId(value, path);
  return id !== undefined && isKeyText(id) ? id : undefined;
}

defineOperations(AgentsStore, "agents");
