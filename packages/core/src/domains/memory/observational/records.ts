import { encodeJson } from "../../../engine/json.ts";
import type { Row } from "../../../engine/table.ts";
import { invalid, notFound } from "../../../errors.ts";
import { optionalObject, optionalText, requireId, toOptionalInstant } from "../../shared/values.ts";
import { listOf, writableKey } from "../arguments.ts";
import { readMetadata, writeMetadata } from "../metadata.ts";
import type { observationalMemory } from "../tables.ts";
import { readStoredChunks, toChunk, writeStoredChunks } from "./chunks.ts";
import { writableMemoryKey } from "./key.ts";
import type { ObservationalMemoryRecord } from "./types.ts";
import { optionalTokens, text, tokens } from "./values.ts";

export type MemoryRow = Row<typeof observationalMemory>;

export const recordNotFound = (id: unknown) =>
  notFound(`observational memory record ${String(id)} not found`, { recordId: String(id) });

/** The record in a row. */
export function toRecord(row: MemoryRow): ObservationalMemoryRecord {
  const record: ObservationalMemoryRecord = {
    id: row.id,
    scope: row.scope,
    threadId: row.threadId,
    resourceId: row.resourceId,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    originType: row.originType,
    generationCount: row.generationCount,
    activeObservations: row.activeObservations,
    totalTokensObserved: row.totalTokensObserved,
    observationTokenCount: row.observationTokenCount,
    pendingMessageTokens: row.pendingMessageTokens,
    isReflecting: row.isReflecting,
    isObserving: row.isObserving,
    isBufferingObservation: row.isBufferingObservation,
    isBufferingReflection: row.isBufferingReflection,
    lastBufferedAtTokens: row.lastBufferedAtTokens,
    lastBufferedAtTime: row.lastBufferedAtTime === null ? null : new Date(row.lastBufferedAtTime),
    config: readMetadata(row.config) ?? {},
  };
  const chunks = readStoredChunks(row.bufferedObservationChunks);
  if (chunks.length > 0) record.bufferedObservationChunks = chunks.map(toChunk);
  if (row.lastObservedAt !== null) record.lastObservedAt = new Date(row.lastObservedAt);
  if (row.observedMessageIds !== null) record.observedMessageIds = JSON.parse(row.observedMessageIds);
  if (row.bufferedMessageIds !== null) record.bufferedMessageIds = JSON.parse(row.bufferedMessageIds);
  // An older name of the same legacy text.
  const buffered = row.bufferedObservations ?? row.activeObservationsPendingUpdate;
  if (buffered !== null) record.bufferedObservations = buffered;
  for (const column of optionalColumns) {
    const value = row[column];
    if (value !== null) (record as unknown as Record<string, unknown>)[column] = value;
  }
  const metadata = readMetadata(row.metadata);
  if (metadata !== undefined) record.metadata = metadata;
  return record;
}

const optionalColumns = [
  "bufferedObservationTokens",
  "bufferedReflection",
  "bufferedReflectionTokens",
  "bufferedReflectionInputTokens",
  "reflectedObservationLineCount",
  "observedTimezone",
] as const;

/** A row with nothing observed in it yet. */
export const emptyRow = (now: number) =>
  ({
    createdAt: now,
    updatedAt: now,
    activeObservations: "",
    bufferedObservationChunks: null,
    bufferedReflection: null,
    bufferedReflectionTokens: null,
    bufferedReflectionInputTokens: null,
    reflectedObservationLineCount: null,
    observedMessageIds: null,
    observedTimezone: null,
    totalTokensObserved: 0,
    observationTokenCount: 0,
    pendingMessageTokens: 0,
    isReflecting: false,
    isObserving: false,
    isBufferingObservation: false,
    isBufferingReflection: false,
    lastBufferedAtTokens: 0,
    lastBufferedAtTime: null,
    lastObservedAt: null,
    lastReflectionAt: null,
    metadata: "{}",
    activeObservationsPendingUpdate: null,
    bufferedObservations: null,
    bufferedObservationTokens: null,
    bufferedMessageIds: null,
  }) as const;

/** The row of a complete record. @throws StorageError `INVALID_INPUT` naming the first member that cannot be stored. */
export function toRow(given: unknown, now: number): MemoryRow {
  if (typeof given !== "object" || given === null) {
    throw invalid("record must be an object", "INVALID_INPUT", { path: "record" });
  }
  const record = given as Partial<Record<keyof ObservationalMemoryRecord, unknown>>;
  const { lookupKey, threadId } = writableMemoryKey(record.threadId, record.resourceId);
  const instant = (member: keyof ObservationalMemoryRecord) =>
    toOptionalInstant(record[member], `record.${member}`)?.getTime();
  const count = (member: keyof ObservationalMemoryRecord) => tokens(record[member] ?? 0, `record.${member}`);
  const optionalCount = (member: keyof ObservationalMemoryRecord) => optionalTokens(record[member], `record.${member}`);
  const optional = (member: keyof ObservationalMemoryRecord) =>
    optionalText(record[member] ?? undefined, `record.${member}`) ?? null;
  const list = (member: keyof ObservationalMemoryRecord) =>
    isGiven(record[member]) ? (encodeJson(listOf(record[member], `record.${member}`)) ?? null) : null;
  return {
    id: writableKey(record.id, () => "record.id"),
    lookupKey,
    scope: requireId(record.scope, "record.scope"),
    threadId,
    resourceId: text(record.resourceId ?? "", "record.resourceId"),
    createdAt: instant("createdAt") ?? now,
    updatedAt: instant("updatedAt") ?? now,
    originType: requireId(record.originType ?? "initial", "record.originType"),
    generationCount: count("generationCount"),
    activeObservations: text(record.activeObservations ?? "", "record.activeObservations"),
    bufferedObservationChunks: writeStoredChunks(
      listOf(record.bufferedObservationChunks, "record.bufferedObservationChunks") as never,
    ),
    bufferedReflection: optional("bufferedReflection"),
    bufferedReflectionTokens: optionalCount("bufferedReflectionTokens"),
    bufferedReflectionInputTokens: optionalCount("bufferedReflectionInputTokens"),
    reflectedObservationLineCount: optionalCount("reflectedObservationLineCount"),
    observedMessageIds: list("observedMessageIds"),
    observedTimezone: optional("observedTimezone"),
    totalTokensObserved: count("totalTokensObserved"),
    observationTokenCount: count("observationTokenCount"),
    pendingMessageTokens: count("pendingMessageTokens"),
    isReflecting: record.isReflecting === true,
    isObserving: record.isObserving === true,
    isBufferingObservation: record.isBufferingObservation === true,
    isBufferingReflection: record.isBufferingReflection === true,
    lastBufferedAtTokens: count("lastBufferedAtTokens"),
    lastBufferedAtTime: instant("lastBufferedAtTime") ?? null,
    lastObservedAt: instant("lastObservedAt") ?? null,
    lastReflectionAt: record.originType === "reflection" ? (instant("createdAt") ?? now) : null,
    config: writeConfig(record.config),
    metadata: writeMetadata(record.metadata, "record.metadata").text,
    activeObservationsPendingUpdate: null,
    bufferedObservations: optional("bufferedObservations"),
    bufferedObservationTokens: optionalCount("bufferedObservationTokens"),
    bufferedMessageIds: list("bufferedMessageIds"),
  };
}

/** Live models, functions and schemas in a configuration are no reason to refuse it: what JSON cannot hold is left out. */
export const writeConfig = (config: unknown): string => encodeJson(optionalObject(config, "config") ?? {}) ?? "{}";

const isGiven = (value: unknown) => value !== undefined && value !== null;
