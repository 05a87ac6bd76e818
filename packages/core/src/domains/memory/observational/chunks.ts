import { encodeJson } from "../../../engine/json.ts";
import { invalid } from "../../../errors.ts";
import { readInstant, requireId, toOptionalInstant } from "../../shared/values.ts";
import { listOf } from "../arguments.ts";
import type { BufferedObservationChunk } from "./types.ts";
import { finite, text } from "./values.ts";

/** A chunk as stored: its dates are ISO text. */
export type StoredChunk = Omit<BufferedObservationChunk, "lastObservedAt" | "createdAt"> & {
  lastObservedAt?: unknown;
  createdAt?: unknown;
};

/** The chunks in a column. What is no list of objects holds none. */
export function readStoredChunks(column: string | null): StoredChunk[] {
  const value: unknown = column === null ? undefined : JSON.parse(column);
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "object" && entry !== null) : [];
}

export const writeStoredChunks = (chunks: readonly StoredChunk[]): string | null =>
  chunks.length === 0 ? null : (encodeJson(chunks) ?? null);

/** A chunk for a caller: with dates; one that cannot be used is left out. */
export function toChunk({ lastObservedAt, createdAt, ...rest }: StoredChunk): BufferedObservationChunk {
  const observed = readInstant(lastObservedAt);
  const created = readInstant(createdAt);
  return {
    ...rest,
    ...(observed && { lastObservedAt: observed }),
    ...(created && { createdAt: created }),
  } as BufferedObservationChunk;
}

/** A chunk given to be appended. @throws StorageError `INVALID_INPUT` */
export function newChunk(given: unknown, id: string, now: number): StoredChunk {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid("chunk must be an object", "INVALID_INPUT", { path: "chunk" });
  }
  const chunk = given as Record<string, unknown>;
  return {
    ...chunk,
    id,
    cycleId: requireId(chunk.cycleId, "chunk.cycleId"),
    observations: text(chunk.observations, "chunk.observations"),
    tokenCount: Math.round(finite(chunk.tokenCount ?? 0, "chunk.tokenCount")),
    messageIds: listOf(chunk.messageIds, "chunk.messageIds") as string[],
    messageTokens: Math.round(finite(chunk.messageTokens ?? 0, "chunk.messageTokens")),
    lastObservedAt: toOptionalInstant(chunk.lastObservedAt, "chunk.lastObservedAt")?.toISOString(),
    createdAt: new Date(now).toISOString(),
  };
}
