import { StorageDomain } from "../shared/domain.ts";
import type {
  CreateObservationalMemoryInput,
  CreateReflectionGenerationInput,
  ObservationalMemoryHistoryOptions,
  ObservationalMemoryRecord,
  SwapBufferedReflectionToActiveInput,
  SwapBufferedToActiveInput,
  SwapBufferedToActiveResult,
  UpdateActiveObservationsInput,
  UpdateBufferedObservationsInput,
  UpdateBufferedReflectionInput,
  UpdateObservationalMemoryConfigInput,
} from "./observational/types.ts";
import type {
  MastraDBMessage,
  StorageCloneThreadInput,
  StorageCloneThreadOutput,
  StorageCopyThreadOutput,
  StorageListMessagesByResourceIdInput,
  StorageListMessagesInput,
  StorageListMessagesOutput,
  StorageListResourcesInput,
  StorageListResourcesOutput,
  StorageListThreadsInput,
  StorageListThreadsOutput,
  StorageResourceType,
  StorageThreadType,
  StorageUpdateMessage,
  StorageUpdateThreadInput,
} from "./types.ts";

/**
 * The contract of the `memory` domain: threads, their messages, what is remembered about owners, and observational memory.
 *
 * Nothing returned is shared with the store. Instants are taken as `Date`, ISO 8601 text or milliseconds and returned as
 * `Date`; dates inside JSON come back as ISO text. A failed read rejects; it never looks like an empty page. Ids are
 * non-empty strings; an absent or empty one finds nothing where a record is looked up and is refused where one is written.
 * `resourceId` is the owner: left out it means unscoped, any string given is a condition.
 */
export abstract class MemoryStorage extends StorageDomain {
  /** Whether observational memory is implemented. */
  abstract readonly supportsObservationalMemory: boolean;
  /** Whether `updateThread` changes only what it is given. */
  abstract readonly supportsPartialThreadUpdate: boolean;

  /** The thread, or `null` when there is none, or when `resourceId` is given and is not its owner. */
  abstract getThreadById(args: { threadId: string; resourceId?: string }): Promise<StorageThreadType | null>;

  /**
   * Stores a thread as given, replacing all of an existing one, `createdAt` and `metadata` included. Times default to now.
   * Messages stay as they are: moving a thread to another owner is the work of {@link updateThreadResourceId}.
   */
  abstract saveThread(args: { thread: StorageThreadType }): Promise<StorageThreadType>;

  /**
   * Changes title and metadata, only as far as given. Metadata merges one level: keys given replace, a key given as
   * `undefined` goes, others stay. Always moves `updatedAt` on. Parallel calls with different keys all survive.
   *
   * @throws StorageError `NOT_FOUND`
   */
  abstract updateThread(args: StorageUpdateThreadInput): Promise<StorageThreadType>;

  /** The same as {@link updateThread}, for callers that look for it. */
  abstract patchThread(args: StorageUpdateThreadInput): Promise<StorageThreadType>;

  /**
   * Changes metadata depending on what it is. `update` gets a copy of the thread and returns what to merge as in
   * {@link updateThread}, or `undefined` for no write at all. It may run more than once: it must be pure and must not call
   * the store. What it throws rejects the call.
   *
   * @returns the thread, or `null` when it is missing or of another owner (`update` is then not called).
   */
  abstract updateThreadMetadata(args: {
    id: string;
    resourceId?: string;
    update: (thread: StorageThreadType) => Record<string, unknown> | undefined;
  }): Promise<StorageThreadType | null>;

  /**
   * Removes a thread with its messages and its observational memory. Missing: no error, and what is left of it goes. A save
   * that races with it either comes first, and its messages go too, or fails with `NOT_FOUND`. What belongs to the owner
   * (working memory, observational memory of the resource) stays. With `resourceId`, a thread of another owner is left alone.
   */
  abstract deleteThread(args: { threadId: string; resourceId?: string }): Promise<void>;

  /**
   * A page of threads by creation or activity, newest first by default. Without a filter it lists everybody's.
   *
   * @throws StorageError `INVALID_PAGE`, `INVALID_METADATA_KEY`, `INVALID_METADATA_VALUE`
   */
  abstract listThreads(args?: StorageListThreadsInput): Promise<StorageListThreadsOutput>;

  /**
   * A page of the owners of threads, the last active first. Counts the threads of all owners, whatever the page.
   *
   * @throws StorageError `INVALID_PAGE`
   */
  abstract listResources(args?: StorageListResourcesInput): Promise<StorageListResourcesOutput>;

  /**
   * Stores messages, all or none. An id that exists is replaced and keeps its place (`createdAt` and order); one that stands
   * in another thread moves. Content may have an older form; it is stored as format 2. Of one id given twice the last
   * content wins at the first place. Every thread named moves its `updatedAt` to now.
   *
   * @returns the messages as stored, oldest first. For an id that existed `createdAt` is the one given, not the one kept.
   * @throws StorageError `INVALID_INPUT` when a message lacks id, thread, owner, role or content; `NOT_FOUND` when a thread
   * does not exist
   */
  abstract saveMessages(args: { messages: MastraDBMessage[] }): Promise<{ messages: MastraDBMessage[] }>;

  /**
   * A page of the messages of one or more threads, oldest first by default, and the messages asked for by `include` with
   * their neighbours, each once, in one order. Included messages ignore filters and pages, but not `resourceId`; `total`
   * counts what matches the filters.
   *
   * The newest n: `{ perPage: n, orderBy: { direction: "DESC" }, includeTotal: false }`.
   *
   * @throws StorageError `INVALID_THREAD_ID`, `INVALID_PAGE`, `INVALID_METADATA_KEY`, `INVALID_METADATA_VALUE`
   */
  abstract listMessages(args: StorageListMessagesInput): Promise<StorageListMessagesOutput>;

  /**
   * The same over all threads, by the owner of each message.
   *
   * @throws StorageError `INVALID_QUERY` for a blank `resourceId`, and as {@link listMessages}
   */
  abstract listMessagesByResourceId(args: StorageListMessagesByResourceIdInput): Promise<StorageListMessagesOutput>;

  /**
   * How many messages each thread has, in the order asked for; one that does not exist has none. One round trip.
   *
   * @throws StorageError `INVALID_ARGUMENT` for more than 100 threads
   */
  abstract countMessages(args: { threadIds: string[] }): Promise<{ threadId: string; messages: number }[]>;

  /** Messages by id from any thread, oldest first. Unknown ids are left out. */
  abstract listMessagesById(args: {
    messageIds: string[];
    resourceId?: string;
  }): Promise<{ messages: MastraDBMessage[] }>;

  /**
   * Changes messages, all or none; unknown ids are passed over. `content` merges one level, `content.metadata` one more, a
   * metadata key given as `undefined` goes. Only `role`, `type`, `threadId`, `resourceId` and `content` can change. Threads
   * concerned move their `updatedAt`. Parallel calls with different keys all survive.
   *
   * @returns the messages found, as stored, in the order of first appearance.
   * @throws StorageError `NOT_FOUND` when a new `threadId` does not exist
   */
  abstract updateMessages(args: { messages: StorageUpdateMessage[]; resourceId?: string }): Promise<MastraDBMessage[]>;

  /** Removes messages and moves `updatedAt` of every thread that lost one. Unknown ids are passed over. */
  abstract deleteMessages(messageIds: string[], scope?: { resourceId?: string }): Promise<void>;

  /**
   * Makes a new thread with copies of a thread's messages: all, or the latest of those selected. Copies have new ids, belong
   * to the new thread's owner, and keep role, content and times. All or nothing; of two calls for one new id one wins.
   *
   * @throws StorageError `SOURCE_NOT_FOUND`, `THREAD_EXISTS`
   */
  abstract copyThread(args: StorageCloneThreadInput): Promise<StorageCopyThreadOutput>;

  /** {@link copyThread}, and then the messages of the new thread, oldest first. */
  abstract cloneThread(args: StorageCloneThreadInput): Promise<StorageCloneThreadOutput>;

  /**
   * Gives a thread, all its messages and its observational memory to another owner. No check of who may do so is made.
   *
   * @throws StorageError `NOT_FOUND`
   */
  abstract updateThreadResourceId(args: { threadId: string; resourceId: string }): Promise<StorageThreadType>;

  /** What is kept about an owner, or `null` while nothing was saved. */
  abstract getResourceById(args: { resourceId: string }): Promise<StorageResourceType | null>;

  /** Stores a resource as given, replacing all of an existing one. Times default to now. */
  abstract saveResource(args: { resource: StorageResourceType }): Promise<StorageResourceType>;

  /**
   * Changes working memory and metadata, only as far as given, and makes the resource when there is none. Working memory is
   * replaced whole (`null` clears it); metadata merges one level. Parallel calls lose nothing, first calls included.
   */
  abstract updateResource(args: {
    resourceId: string;
    workingMemory?: string | null;
    metadata?: Record<string, unknown>;
  }): Promise<StorageResourceType>;

  /** The current generation of a thread, or of a resource when `threadId` is `null`. */
  abstract getObservationalMemory(
    threadId: string | null,
    resourceId: string,
  ): Promise<ObservationalMemoryRecord | null>;

  /** Generations, newest first, the current one included. `limit` defaults to 10. */
  abstract getObservationalMemoryHistory(
    threadId: string | null,
    resourceId: string,
    limit?: number,
    options?: ObservationalMemoryHistoryOptions,
  ): Promise<ObservationalMemoryRecord[]>;

  /** Makes generation 0, or returns the current generation unchanged when there is one: of parallel calls one makes it. */
  abstract initializeObservationalMemory(args: CreateObservationalMemoryInput): Promise<ObservationalMemoryRecord>;

  /**
   * Stores a whole record. When its generation is taken it becomes the next one after the highest.
   *
   * @throws StorageError `ALREADY_EXISTS` when the id is taken
   */
  abstract insertObservationalMemoryRecord(record: ObservationalMemoryRecord): Promise<void>;

  /**
   * Replaces the text in force after a synchronous observation, adds to the running token sum and clears the pending one.
   *
   * @throws StorageError `NOT_FOUND`, as every method below that takes a record's id
   */
  abstract updateActiveObservations(args: UpdateActiveObservationsInput): Promise<void>;

  /** Appends a chunk observed ahead of time. The same `cycleId` again changes nothing. Parallel appends all survive. */
  abstract updateBufferedObservations(args: UpdateBufferedObservationsInput): Promise<void>;

  /**
   * Puts the oldest buffered chunks in force, in one step on the stored record: as many as bring the unobserved tokens down
   * to `messageTokensThreshold × (1 − activationRatio)`. Nothing buffered: an all-zero result and no write.
   */
  abstract swapBufferedToActive(args: SwapBufferedToActiveInput): Promise<SwapBufferedToActiveResult>;

  /** Makes the next generation from a reflection. Of two that race, one becomes n + 1 and the other n + 2. */
  abstract createReflectionGeneration(args: CreateReflectionGenerationInput): Promise<ObservationalMemoryRecord>;

  /** Keeps a reflection prepared ahead of time; appends when there is one. */
  abstract updateBufferedReflection(args: UpdateBufferedReflectionInput): Promise<void>;

  /**
   * Makes the next generation from the prepared reflection and the lines it does not cover.
   *
   * @throws StorageError `NO_CONTENT` when none is prepared, or another call was faster
   */
  abstract swapBufferedReflectionToActive(
    args: SwapBufferedReflectionToActiveInput,
  ): Promise<ObservationalMemoryRecord>;

  abstract setReflectingFlag(id: string, value: boolean): Promise<void>;
  abstract setObservingFlag(id: string, value: boolean): Promise<void>;
  abstract setBufferingReflectionFlag(id: string, value: boolean): Promise<void>;
  /** The number is stored whenever it is given, also with `false`. */
  abstract setBufferingObservationFlag(id: string, value: boolean, lastBufferedAtTokens?: number): Promise<void>;
  abstract setPendingMessageTokens(id: string, tokenCount: number): Promise<void>;

  /** Merges into `config`, deeply; arrays and scalars replace, `null` is stored, `undefined` is passed over. */
  abstract updateObservationalMemoryConfig(args: UpdateObservationalMemoryConfigInput): Promise<void>;

  /** Removes all generations of a thread, or of a resource when `threadId` is `null`. */
  abstract clearObservationalMemory(threadId: string | null, resourceId: string): Promise<void>;
}
