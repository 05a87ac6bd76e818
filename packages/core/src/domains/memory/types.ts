import type { PaginationInfo, SortDirection } from "../shared/pagination.ts";

/** An order asked for. An unknown field or direction falls back to the method's default. */
export interface StorageOrderBy<Field extends string = "createdAt" | "updatedAt"> {
  field?: Field;
  direction?: SortDirection;
}

/** A conversation. */
export interface StorageThreadType {
  id: string;
  /** Owner: a user, an organisation, a document. */
  resourceId: string;
  title?: string;
  metadata?: Record<string, unknown>;
  createdAt: Date;
  updatedAt: Date;
}

/** Content of a message, format 2. Parts are opaque to the store: unknown kinds and members come back unchanged. */
export interface MastraMessageContentV2 {
  format: 2;
  parts: MastraMessagePart[];
  /** Flat text; the store does not keep it in step with `parts`. */
  content?: string;
  toolInvocations?: unknown[];
  reasoning?: string;
  annotations?: unknown[];
  experimental_attachments?: { name?: string; contentType?: string; url: string }[];
  /** What message metadata filters look at. */
  metadata?: Record<string, unknown>;
  providerMetadata?: Record<string, Record<string, unknown>>;
}

/** One piece of a message: `text`, `reasoning`, `tool-invocation`, `file`, `data-*`, … */
export interface MastraMessagePart {
  type: string;
  [member: string]: unknown;
}

/** A message. Messages are ordered by `createdAt`, then by the order in which they were first saved. */
export interface MastraDBMessage {
  /** Unique in the store, not only in the thread. */
  id: string;
  /** Always there in results and required on save. */
  threadId?: string;
  /** Owner; may differ from the thread's. Required on save; absent on rows of very old databases only. */
  resourceId?: string;
  role: "user" | "assistant" | "system" | "signal" | (string & {});
  type?: string;
  content: MastraMessageContentV2;
  /** Kept from the first save. */
  createdAt: Date;
}

/** Working memory and metadata of an owner. */
export interface StorageResourceType {
  id: string;
  /** Opaque text, Markdown or serialised JSON. */
  workingMemory?: string;
  metadata?: Record<string, unknown>;
  createdAt: Date;
  updatedAt: Date;
}

export interface StorageListThreadsInput {
  /** Zero-based. Default 0. */
  page?: number;
  /** Default 100; `false` for all. */
  perPage?: number | false;
  /** Default `createdAt` `DESC`. */
  orderBy?: StorageOrderBy;
  filter?: {
    /** Any string given is a condition, `''` included. */
    resourceId?: string;
    /** Each key equals the thread's own top-level key, deeply; `undefined` asks for threads without the key. */
    metadata?: Record<string, unknown>;
    /** The title holds this text, in upper or lower case. Looks at every thread of the list: no index helps. */
    title?: string;
    /** Bounds of the time by which the list is ordered, both inclusive. */
    dateRange?: { start?: Date; end?: Date };
  };
  /** `false`: no count; `total` is then a lower bound. Default `true`. */
  includeTotal?: boolean;
}
export type StorageListThreadsOutput = PaginationInfo & { threads: StorageThreadType[] };

/** An owner of threads, as {@link MemoryStorage.listResources} gives it. */
export interface ResourceSummary {
  resourceId: string;
  threads: number;
  /** The latest `updatedAt` of its threads. */
  lastActivityAt: Date;
}
export interface StorageListResourcesInput {
  /** Zero-based. Default 0. */
  page?: number;
  /** Default 100; `false` for all. */
  perPage?: number | false;
  /** Only owners whose id holds this text, in upper or lower case. */
  search?: string;
}
export type StorageListResourcesOutput = PaginationInfo & { resources: ResourceSummary[] };

/** Scalars that `content.metadata` must hold under the same keys. */
export type StorageMetadataFilter = Record<string, string | number | boolean | null>;

interface ListMessagesOptions {
  /** Zero-based. Default 0. */
  page?: number;
  /** Default 40; `false` for all; 0 for the included messages only. */
  perPage?: number | false;
  /** Default `ASC`. */
  orderBy?: StorageOrderBy;
  filter?: {
    /** Bounds of `createdAt`, inclusive unless the matching flag says otherwise. */
    dateRange?: { start?: Date; end?: Date; startExclusive?: boolean; endExclusive?: boolean };
    metadata?: StorageMetadataFilter;
    /** Any of these; `tool` is `assistant`. An empty list is no condition. */
    roles?: string[];
  };
  /** Messages to add to the page by id, each with its neighbours in its own thread. */
  include?: StorageMessageInclude[];
  /** `false`: no count; `total` is then a lower bound. Default `true`. */
  includeTotal?: boolean;
}

export interface StorageMessageInclude {
  id: string;
  /** Advisory; ignored. */
  threadId?: string;
  withPreviousMessages?: number;
  withNextMessages?: number;
}

export interface StorageListMessagesInput extends ListMessagesOptions {
  threadId: string | string[];
  /** Only messages of this owner, included ones too. */
  resourceId?: string;
}

export interface StorageListMessagesByResourceIdInput extends ListMessagesOptions {
  resourceId: string;
}

export type StorageListMessagesOutput = PaginationInfo & { messages: MastraDBMessage[] };

/** Change of one message. Members that are left out stay; `content` merges one level, its `metadata` one more. */
export type StorageUpdateMessage = Partial<Omit<MastraDBMessage, "createdAt" | "content">> & {
  id: string;
  content?: Partial<MastraMessageContentV2>;
};

export interface StorageCloneThreadInput {
  sourceThreadId: string;
  /** Default: a new UUID. */
  newThreadId?: string;
  /** Owner of the new thread and of every message in it. Default: the source's. */
  resourceId?: string;
  /** Default: `Clone of ` and the source's title. */
  title?: string;
  metadata?: Record<string, unknown>;
  options?: {
    /** Only the latest so many of the messages selected. */
    messageLimit?: number;
    messageFilter?: { startDate?: Date; endDate?: Date; messageIds?: string[] };
  };
}

/** Member `clone` of a copied thread's metadata. */
export interface ThreadCloneMetadata {
  sourceThreadId: string;
  /** ISO 8601 text, as every date inside JSON. */
  clonedAt: Date | string;
  /** Source id of the last message copied. */
  lastMessageId?: string;
}

export interface StorageCopyThreadOutput {
  thread: StorageThreadType;
  /** Source id → id of the copy. */
  messageIdMap?: Record<string, string>;
}

export interface StorageCloneThreadOutput extends StorageCopyThreadOutput {
  clonedMessages: MastraDBMessage[];
}

export interface StorageUpdateThreadInput {
  id: string;
  title?: string;
  /** Merged one level; a key given as `undefined` is removed. */
  metadata?: Record<string, unknown>;
}
