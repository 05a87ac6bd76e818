import type { PaginationInfo, SortDirection } from "../shared/pagination.ts";

export type AgentStatus = "draft" | "published" | "archived" | (string & {});

/** A rule over the request context, as consumers evaluate it. */
export interface Rule {
  field: string;
  operator: string;
  value?: unknown;
}
export interface RuleGroup {
  operator: "AND" | "OR";
  conditions: (Rule | RuleGroup)[];
}

/** A value, or variants of it with the rules under which they hold. Storage looks at neither. */
export type ConditionalField<T> = T | { value: T; rules?: RuleGroup }[];

export type AgentInstructionBlock =
  | { type: "text"; content: string }
  | { type: "prompt_block_ref"; id: string }
  | { type: "prompt_block"; content: string; rules?: RuleGroup };

export interface AgentModel {
  provider: string;
  name: string;
  [option: string]: unknown;
}

type Named<T> = Record<string, T>;

/** The configuration of an agent. Every field is opaque JSON to storage, and unknown fields are kept. */
export interface StorageAgentSnapshotType {
  name: string;
  description?: string;
  instructions: string | AgentInstructionBlock[];
  model: ConditionalField<AgentModel>;
  tools?: ConditionalField<Named<{ description?: string; rules?: RuleGroup }>>;
  defaultOptions?: ConditionalField<Named<unknown>>;
  workflows?: ConditionalField<Named<{ description?: string; rules?: RuleGroup }>>;
  agents?: ConditionalField<Named<{ description?: string; rules?: RuleGroup }>>;
  integrationTools?: ConditionalField<Named<{ tools?: Named<unknown> }>>;
  toolProviders?: ConditionalField<Named<unknown>>;
  inputProcessors?: ConditionalField<unknown>;
  outputProcessors?: ConditionalField<unknown>;
  memory?: ConditionalField<Named<unknown>>;
  scorers?: ConditionalField<Named<{ description?: string; sampling?: unknown }>>;
  mcpClients?: ConditionalField<Named<{ tools?: Named<unknown> }>>;
  workspace?: ConditionalField<unknown>;
  browser?: ConditionalField<unknown>;
  skills?: ConditionalField<Named<unknown>>;
  skillsFormat?: "xml" | "json" | "markdown";
  durable?: boolean | { maxSteps?: number; cleanupTimeoutMs?: number };
  requestContextSchema?: Record<string, unknown>;
}

/** The thin record of an agent; its configuration is in its versions. */
export interface StorageAgentType {
  id: string;
  status: AgentStatus;
  /** The version in force. */
  activeVersionId?: string;
  authorId?: string;
  visibility?: "private" | "public" | (string & {});
  metadata?: Record<string, unknown>;
  favoriteCount?: number;
  createdAt: Date;
  updatedAt: Date;
}

/** An immutable configuration with its number. */
export type AgentVersion = StorageAgentSnapshotType & {
  id: string;
  agentId: string;
  /** From 1 on; there may be gaps. */
  versionNumber: number;
  changedFields?: string[];
  changeMessage?: string;
  createdAt: Date;
};

/** The record with the configuration of one of its versions. */
export type StorageResolvedAgentType = StorageAgentType &
  Partial<StorageAgentSnapshotType> & {
    /** Absent when the agent has no version to show. */
    resolvedVersionId?: string;
  };

export type StorageCreateAgentInput = Partial<StorageAgentSnapshotType> & {
  id: string;
  authorId?: string;
  visibility?: "private" | "public" | (string & {});
  metadata?: Record<string, unknown>;
};

/** Changes to a record. Fields of the configuration are accepted and ignored: making a version is the next step. */
export type StorageUpdateAgentInput = Partial<StorageAgentSnapshotType> & {
  id: string;
  authorId?: string | null;
  visibility?: "private" | "public" | (string & {}) | null;
  /** Merged one level deep; a member given as `undefined` is removed. */
  metadata?: Record<string, unknown>;
  /** `null` clears it. */
  activeVersionId?: string | null;
  status?: AgentStatus;
};

export interface StorageListAgentsInput {
  page?: number;
  perPage?: number | false;
  orderBy?: { field?: "createdAt" | "updatedAt"; direction?: SortDirection };
  /** Absent: agents of every status. */
  status?: AgentStatus;
  authorId?: string;
  visibility?: "private" | "public" | (string & {});
  /** Each member must be deeply equal to the stored one. */
  metadata?: Record<string, unknown>;
  /** Only these agents. */
  entityIds?: string[];
  /** Puts the favourites of this user first. */
  pinFavoritedFor?: string;
  /** Only the favourites of that user. */
  favoritedOnly?: boolean;
}

export type StorageListAgentsOutput = PaginationInfo & { agents: StorageAgentType[] };
export type StorageListAgentsResolvedOutput = PaginationInfo & { agents: StorageResolvedAgentType[] };

export type CreateVersionInput = Partial<StorageAgentSnapshotType> & {
  /** Made when absent. */
  id?: string;
  agentId: string;
  /** The next one when absent. */
  versionNumber?: number;
  changedFields?: string[];
  changeMessage?: string;
};

export interface ListVersionsInput {
  agentId: string;
  page?: number;
  perPage?: number | false;
  orderBy?: { field?: "versionNumber" | "createdAt"; direction?: SortDirection };
}

export type ListVersionsOutput = PaginationInfo & { versions: AgentVersion[] };

/**
 * Which version is wanted: exactly one, the latest (`draft`), or the active one (the default), for which the latest stands in
 * when there is none.
 */
export type VersionResolutionOptions =
  | { status?: AgentStatus; versionId?: undefined }
  | { versionId: string; status?: undefined };
