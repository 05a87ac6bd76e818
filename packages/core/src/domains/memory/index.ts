import { schemaOf } from "../shared/schema.ts";
import { messages, observationalMemory, resources, threads } from "./tables.ts";

export type {
  BufferedObservationChunk,
  BufferedObservationChunkInput,
  CreateObservationalMemoryInput,
  CreateReflectionGenerationInput,
  ObservationalMemoryHistoryOptions,
  ObservationalMemoryOriginType,
  ObservationalMemoryRecord,
  ObservationalMemoryScope,
  SwapBufferedReflectionToActiveInput,
  SwapBufferedToActiveInput,
  SwapBufferedToActiveResult,
  UpdateActiveObservationsInput,
  UpdateBufferedObservationsInput,
  UpdateBufferedReflectionInput,
  UpdateObservationalMemoryConfigInput,
} from "./observational/types.ts";
export { MemoryStorage } from "./storage.ts";
export type {
  MastraDBMessage,
  MastraMessageContentV2,
  MastraMessagePart,
  ResourceSummary,
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
  StorageMessageInclude,
  StorageMetadataFilter,
  StorageOrderBy,
  StorageResourceType,
  StorageThreadType,
  StorageUpdateMessage,
  StorageUpdateThreadInput,
  ThreadCloneMetadata,
} from "./types.ts";

/** Names of the tables. */
export const TABLE_THREADS = threads.name;
export const TABLE_MESSAGES = messages.name;
export const TABLE_RESOURCES = resources.name;
export const TABLE_OBSERVATIONAL_MEMORY = observationalMemory.name;

export const THREADS_SCHEMA = schemaOf(threads);
export const MESSAGES_SCHEMA = schemaOf(messages);
export const RESOURCES_SCHEMA = schemaOf(resources);
export const OBSERVATIONAL_MEMORY_SCHEMA = schemaOf(observationalMemory);
