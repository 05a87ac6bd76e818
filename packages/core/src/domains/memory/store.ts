import type { Table } from "../../engine/table.ts";
import type { DomainContext } from "../shared/context.ts";
import type { RetentionTable } from "../shared/domain.ts";
import { defineOperations } from "../shared/operations.ts";
import type { PruneOptions, PruneResult, TableRetentionPolicy } from "../shared/retention.ts";
import { cloneThread, copyThread } from "./copy-thread.ts";
import { countMessages } from "./count-messages.ts";
import { deleteThread } from "./delete-thread.ts";
import { listMessages, listMessagesByResourceId } from "./list-messages.ts";
import { listResources } from "./list-resources.ts";
import { listThreads } from "./list-threads.ts";
import { deleteMessages, listMessagesById } from "./messages-by-id.ts";
import { setColumns } from "./observational/access.ts";
import { appendChunk, swapChunks } from "./observational/buffering.ts";
import { clearGenerations, getCurrent, getHistory, initialize, insertRecord } from "./observational/generations.ts";
import { bufferReflection, createReflection, swapBufferedReflection } from "./observational/reflection.ts";
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
import { updateActive, updateConfig } from "./observational/updates.ts";
import { flag, tokens } from "./observational/values.ts";
import { clearMemory, pruneMemory } from "./prune.ts";
import { getResource, saveResource, updateResource } from "./resources.ts";
import { saveMessages } from "./save-messages.ts";
import { MemoryStorage } from "./storage.ts";
import { memoryTables, messages, resources, threads } from "./tables.ts";
import { getThread, saveThread, updateThread, updateThreadMetadata } from "./threads.ts";
import { transferThread } from "./transfer-thread.ts";
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
import { updateMessages } from "./update-messages.ts";

/** The `memory` domain on any engine. Each method is a function of its own file; the promises are on {@link MemoryStorage}. */
export class MemoryStore extends MemoryStorage {
  static readonly tables: readonly Table[] = memoryTables;
  static override readonly retentionTables: Readonly<Record<string, RetentionTable>> = {
    messages: { table: messages.name, column: "createdAt" },
    resources: { table: resources.name, column: "createdAt" },
    threads: { table: threads.name, column: "createdAt" },
  };
  readonly supportsObservationalMemory = true;
  readonly supportsPartialThreadUpdate = true;
  readonly context: DomainContext;

  constructor(context: DomainContext) {
    super();
    this.context = context;
  }

  init(): Promise<void> {
    return this.context.init();
  }

  dangerouslyClearAll(): Promise<void> {
    return clearMemory(this.context);
  }

  override prune(
    policies: Readonly<Record<string, TableRetentionPolicy>>,
    options: PruneOptions = {},
  ): Promise<PruneResult[]> {
    return pruneMemory(this.context, policies ?? {}, options ?? {});
  }

  getThreadById(args: { threadId: string; resourceId?: string }): Promise<StorageThreadType | null> {
    return getThread(this.context, args ?? {});
  }

  saveThread(args: { thread: StorageThreadType }): Promise<StorageThreadType> {
    return saveThread(this.context, args?.thread);
  }

  updateThread(args: StorageUpdateThreadInput): Promise<StorageThreadType> {
    return updateThread(this.context, args ?? {});
  }

  patchThread(args: StorageUpdateThreadInput): Promise<StorageThreadType> {
    return updateThread(this.context, args ?? {});
  }

  updateThreadMetadata(args: {
    id: string;
    resourceId?: string;
    update: (thread: StorageThreadType) => Record<string, unknown> | undefined;
  }): Promise<StorageThreadType | null> {
    return updateThreadMetadata(this.context, args ?? {});
  }

  deleteThread(args: { threadId: string; resourceId?: string }): Promise<void> {
    return deleteThread(this.context, args ?? {});
  }

  listThreads(args?: StorageListThreadsInput): Promise<StorageListThreadsOutput> {
    return listThreads(this.context, args);
  }

  listResources(args?: StorageListResourcesInput): Promise<StorageListResourcesOutput> {
    return listResources(this.context, args);
  }

  saveMessages(args: { messages: MastraDBMessage[] }): Promise<{ messages: MastraDBMessage[] }> {
    return saveMessages(this.context, args?.messages);
  }

  listMessages(args: StorageListMessagesInput): Promise<StorageListMessagesOutput> {
    return listMessages(this.context, args);
  }

  listMessagesByResourceId(args: StorageListMessagesByResourceIdInput): Promise<StorageListMessagesOutput> {
    return listMessagesByResourceId(this.context, args);
  }

  countMessages(args: { threadIds: string[] }): Promise<{ threadId: string; messages: number }[]> {
    return countMessages(this.context, args);
  }

  listMessagesById(args: { messageIds: string[]; resourceId?: string }): Promise<{ messages: MastraDBMessage[] }> {
    return listMessagesById(this.context, args);
  }

  updateMessages(args: { messages: StorageUpdateMessage[]; resourceId?: string }): Promise<MastraDBMessage[]> {
    return updateMessages(this.context, args);
  }

  deleteMessages(messageIds: string[], scope?: { resourceId?: string }): Promise<void> {
    return deleteMessages(this.context, messageIds, scope);
  }

  copyThread(args: StorageCloneThreadInput): Promise<StorageCopyThreadOutput> {
    return copyThread(this.context, args ?? {});
  }

  cloneThread(args: StorageCloneThreadInput): Promise<StorageCloneThreadOutput> {
    return cloneThread(this.context, args ?? {});
  }

  updateThreadResourceId(args: { threadId: string; resourceId: string }): Promise<StorageThreadType> {
    return transferThread(this.context, args ?? {});
  }

  getResourceById(args: { resourceId: string }): Promise<StorageResourceType | null> {
    return getResource(this.context, args ?? {});
  }

  saveResource(args: { resource: StorageResourceType }): Promise<StorageResourceType> {
    return saveResource(this.context, args?.resource);
  }

  updateResource(args: {
    resourceId: string;
    workingMemory?: string | null;
    metadata?: Record<string, unknown>;
  }): Promise<StorageResourceType> {
    return updateResource(this.context, args ?? {});
  }

  getObservationalMemory(threadId: string | null, resourceId: string): Promise<ObservationalMemoryRecord | null> {
    return getCurrent(this.context, threadId, resourceId);
  }

  getObservationalMemoryHistory(
    threadId: string | null,
    resourceId: string,
    limit?: number,
    options?: ObservationalMemoryHistoryOptions,
  ): Promise<ObservationalMemoryRecord[]> {
    return getHistory(this.context, threadId, resourceId, limit, options);
  }

  initializeObservationalMemory(args: CreateObservationalMemoryInput): Promise<ObservationalMemoryRecord> {
    return initialize(this.context, args ?? {});
  }

  insertObservationalMemoryRecord(record: ObservationalMemoryRecord): Promise<void> {
    return insertRecord(this.context, record);
  }

  updateActiveObservations(args: UpdateActiveObservationsInput): Promise<void> {
    return updateActive(this.context, args ?? {});
  }

  updateBufferedObservations(args: UpdateBufferedObservationsInput): Promise<void> {
    return appendChunk(this.context, args ?? {});
  }

  swapBufferedToActive(args: SwapBufferedToActiveInput): Promise<SwapBufferedToActiveResult> {
    return swapChunks(this.context, args ?? {});
  }

  createReflectionGeneration(args: CreateReflectionGenerationInput): Promise<ObservationalMemoryRecord> {
    return createReflection(this.context, args ?? {});
  }

  updateBufferedReflection(args: UpdateBufferedReflectionInput): Promise<void> {
    return bufferReflection(this.context, args ?? {});
  }

  swapBufferedReflectionToActive(args: SwapBufferedReflectionToActiveInput): Promise<ObservationalMemoryRecord> {
    return swapBufferedReflection(this.context, args ?? {});
  }

  setReflectingFlag(id: string, value: boolean): Promise<void> {
    return setColumns(this.context, id, { isReflecting: flag(value, "value") });
  }

  setObservingFlag(id: string, value: boolean): Promise<void> {
    return setColumns(this.context, id, { isObserving: flag(value, "value") });
  }

  setBufferingReflectionFlag(id: string, value: boolean): Promise<void> {
    return setColumns(this.context, id, { isBufferingReflection: flag(value, "value") });
  }

  setBufferingObservationFlag(id: string, value: boolean, lastBufferedAtTokens?: number): Promise<void> {
    const isGiven = lastBufferedAtTokens !== undefined && lastBufferedAtTokens !== null;
    return setColumns(this.context, id, {
      isBufferingObservation: flag(value, "value"),
      ...(isGiven && { lastBufferedAtTokens: tokens(lastBufferedAtTokens, "lastBufferedAtTokens") }),
    });
  }

  setPendingMessageTokens(id: string, tokenCount: number): Promise<void> {
    return setColumns(this.context, id, { pendingMessageTokens: tokens(tokenCount, "tokenCount") });
  }

  updateObservationalMemoryConfig(args: UpdateObservationalMemoryConfigInput): Promise<void> {
    return updateConfig(this.context, args ?? {});
  }

  clearObservationalMemory(threadId: string | null, resourceId: string): Promise<void> {
    return clearGenerations(this.context, threadId, resourceId);
  }
}

defineOperations(MemoryStore, "memory");
