import { boolean, integer, json, text, timestamp } from "../../engine/column.ts";
import { defineTable, type Table } from "../../engine/table.ts";
import { deletions } from "../shared/deletions.ts";

export const threads = defineTable(
  "mastra_threads",
  {
    id: text(),
    resourceId: text(),
    title: text().nullable(),
    metadata: json<Record<string, unknown>>().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  },
  {
    key: ["id"],
    paths: {
      byResource: { eq: ["resourceId"], sort: ["createdAt"] },
      byResourceActivity: { eq: ["resourceId"], sort: ["updatedAt"] },
      all: { sort: ["createdAt"] },
      // For administration. Every save of a message moves the thread in it, so only those who list this way pay for it.
      allByActivity: { sort: ["updatedAt"], onDemand: true },
    },
  },
);

/**
 * Where threads are found by a scalar in their metadata without their owner. One row per thread and metadata key.
 *
 * Rows are hints: `saveThread` replaces all metadata without reading what was there, so a key that it drops leaves its row
 * behind. Whoever walks this table therefore tests the thread itself. A row of the key saved is always overwritten, and
 * whatever knows the old metadata (`updateThread`, `deleteThread`) removes what it drops, so hints cannot pile up: a thread
 * has at most one for each key it ever had.
 */
export const threadMetadata = defineTable(
  "stowage_thread_metadata",
  { threadId: text(), key: text(), value: text(), createdAt: timestamp() },
  {
    key: ["threadId", "key"],
    paths: {
      byValue: { eq: ["key", "value"], sort: ["createdAt", "threadId"] },
      byThread: { eq: ["threadId"], sort: ["key"] },
    },
  },
);

export const messages = defineTable(
  "mastra_messages",
  {
    id: text(),
    thread_id: text(),
    resourceId: text().nullable(),
    role: text(),
    type: text(),
    content: json(),
    createdAt: timestamp(),
    seq: integer(),
  },
  {
    key: ["id"],
    paths: {
      byThread: { eq: ["thread_id"], sort: ["createdAt", "seq"] },
      byResource: { eq: ["resourceId"], sort: ["createdAt", "seq"] },
      byAge: { sort: ["createdAt"], onDemand: true },
    },
    adopt: (_row, place) => ({ seq: place }),
  },
);

export const resources = defineTable(
  "mastra_resources",
  {
    id: text(),
    workingMemory: text().nullable(),
    metadata: json<Record<string, unknown>>().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  },
  { key: ["id"], paths: { byAge: { sort: ["createdAt"], onDemand: true } } },
);

export const observationalMemory = defineTable(
  "mastra_observational_memory",
  {
    id: text(),
    lookupKey: text(),
    scope: text(),
    threadId: text().nullable(),
    resourceId: text(),
    originType: text(),
    generationCount: integer(),
    activeObservations: text(),
    bufferedObservationChunks: json().nullable(),
    bufferedReflection: text().nullable(),
    bufferedReflectionTokens: integer().nullable(),
    bufferedReflectionInputTokens: integer().nullable(),
    reflectedObservationLineCount: integer().nullable(),
    observedMessageIds: json().nullable(),
    observedTimezone: text().nullable(),
    totalTokensObserved: integer(),
    observationTokenCount: integer(),
    pendingMessageTokens: integer(),
    isReflecting: boolean(),
    isObserving: boolean(),
    isBufferingObservation: boolean(),
    isBufferingReflection: boolean(),
    lastBufferedAtTokens: integer(),
    lastBufferedAtTime: timestamp().nullable(),
    lastObservedAt: timestamp().nullable(),
    lastReflectionAt: timestamp().nullable(),
    config: json(),
    metadata: json().nullable(),
    activeObservationsPendingUpdate: text().nullable(),
    bufferedObservations: text().nullable(),
    bufferedObservationTokens: integer().nullable(),
    bufferedMessageIds: json().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  },
  {
    key: ["id"],
    unique: { byGeneration: ["lookupKey", "generationCount"] },
    // Databases filled by others may hold one generation twice: then the latest, then the greater id is current.
    paths: { byKey: { eq: ["lookupKey"], sort: ["generationCount", "createdAt"] } },
  },
);

export const memoryTables: readonly Table[] = [
  threads,
  threadMetadata,
  messages,
  resources,
  observationalMemory,
  deletions,
];
