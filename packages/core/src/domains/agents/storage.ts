import { StorageDomain } from "../shared/domain.ts";
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

/** A domain of thin records with immutable, numbered versions. */
export abstract class VersionedStorageDomain<Version, NewVersion, ListInput, ListOutput> extends StorageDomain {
  /**
   * Adds a version. A caller that chooses the number retries on conflict; without a number the next one is taken, and all of
   * any number of concurrent callers succeed. Neither the record nor its `updatedAt` changes, and nothing is activated.
   *
   * @throws StorageError `AGENT_VERSION_CONFLICT` when the id or the number is taken, `AGENT_NOT_FOUND` without the record.
   */
  abstract createVersion(input: NewVersion): Promise<Version>;
  abstract getVersion(id: string): Promise<Version | null>;
  /** In no order; unknown ids are left out. */
  abstract getVersions(ids: string[]): Promise<Version[]>;
  abstract getVersionByNumber(parentId: string, versionNumber: number): Promise<Version | null>;
  /** The version with the highest number. */
  abstract getLatestVersion(parentId: string): Promise<Version | null>;
  /** Highest number first, unless asked otherwise; 20 to a page. */
  abstract listVersions(input: ListInput): Promise<ListOutput>;
  /** Idempotent. The active version goes as well; guarding it is the caller's duty. */
  abstract deleteVersion(id: string): Promise<void>;
  /** Removes all versions and leaves the record. Idempotent. */
  abstract deleteVersionsByParentId(parentId: string): Promise<void>;
  abstract countVersions(parentId: string): Promise<number>;
}

/** The contract of the `agents` domain: stored agent configurations. */
export abstract class AgentsStorage extends VersionedStorageDomain<
  AgentVersion,
  CreateVersionInput,
  ListVersionsInput,
  ListVersionsOutput
> {
  /**
   * Makes the record, a draft without an active version, and version 1 with the configuration, as one unit.
   *
   * @throws StorageError `AGENT_ALREADY_EXISTS`; the agent that is there stays untouched. Of concurrent callers one wins.
   */
  abstract create(input: { agent: StorageCreateAgentInput }): Promise<StorageAgentType>;

  /** The thin record, or `null`. */
  abstract getById(id: string): Promise<StorageAgentType | null>;

  /**
   * Changes the record. Each field given is overwritten, `metadata` is merged, and `updatedAt` moves on in any case. The
   * configuration is not changed here.
   *
   * @throws StorageError `AGENT_NOT_FOUND`; `INVALID_INPUT` for the version of another agent as the active one.
   */
  abstract update(input: StorageUpdateAgentInput): Promise<StorageAgentType>;

  /** Removes the record and all its versions. A missing one is no error. */
  abstract delete(id: string): Promise<void>;

  /** Agents that meet all conditions, newest first unless asked otherwise; 100 to a page. */
  abstract list(input?: StorageListAgentsInput): Promise<StorageListAgentsOutput>;

  /** The record with the configuration of a version (see {@link VersionResolutionOptions}), or `null`. */
  abstract getByIdResolved(id: string, options?: VersionResolutionOptions): Promise<StorageResolvedAgentType | null>;

  /** As {@link list}, with configurations. `status` filters the records and chooses the versions. */
  abstract listResolved(input?: StorageListAgentsInput): Promise<StorageListAgentsResolvedOutput>;

  /** @deprecated Use {@link create}. */
  abstract createAgent(input: { agent: StorageCreateAgentInput }): Promise<StorageAgentType>;
  /** The agent with its latest configuration. @deprecated Use {@link getByIdResolved} with `{ status: 'draft' }`. */
  abstract getAgentById(input: { id: string }): Promise<StorageResolvedAgentType | null>;
  /** The agent with its active configuration. @deprecated Use {@link getByIdResolved}. */
  abstract getAgentByIdResolved(input: { id: string }): Promise<StorageResolvedAgentType | null>;
  /** As {@link update}; with fields of the configuration it also makes the next version. @deprecated Use {@link update}. */
  abstract updateAgent(input: StorageUpdateAgentInput): Promise<StorageAgentType>;
  /** @deprecated Use {@link delete}. */
  abstract deleteAgent(input: { id: string }): Promise<void>;
  /** Agents with their latest configurations. @deprecated Use {@link listResolved}. */
  abstract listAgents(input?: StorageListAgentsInput): Promise<StorageListAgentsResolvedOutput>;
  /** @deprecated Use {@link listResolved}. */
  abstract listAgentsResolved(input?: StorageListAgentsInput): Promise<StorageListAgentsResolvedOutput>;
  /** @deprecated Use {@link deleteVersionsByParentId}. */
  abstract deleteVersionsByAgentId(agentId: string): Promise<void>;
}
