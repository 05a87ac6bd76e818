import type { DomainContext } from "../../shared/context.ts";
import { toOptionalInstant } from "../../shared/values.ts";
import { listOf } from "../arguments.ts";
import { modifyColumns } from "./access.ts";
import { chunksToActivate } from "./activation.ts";
import { newChunk, readStoredChunks, type StoredChunk, toChunk, writeStoredChunks } from "./chunks.ts";
import type { SwapBufferedToActiveResult } from "./types.ts";
import { finite } from "./values.ts";

export function appendChunk(
  context: DomainContext,
  args: { id?: unknown; chunk?: unknown; lastBufferedAtTime?: unknown },
): Promise<void> {
  const { clock } = context;
  const chunk = newChunk(args.chunk, `ombuf-${clock.id()}`, clock.now());
  const lastBufferedAtTime = toOptionalInstant(args.lastBufferedAtTime, "lastBufferedAtTime")?.getTime();
  return modifyColumns(context, args.id, ["bufferedObservationChunks"], (row) => {
    const chunks = readStoredChunks(row.bufferedObservationChunks);
    // Callers retry a cycle whose outcome they do not know.
    if (chunks.some(({ cycleId }) => cycleId === chunk.cycleId)) return { result: undefined };
    const set = {
      bufferedObservationChunks: writeStoredChunks([...chunks, chunk]),
      ...(lastBufferedAtTime !== undefined && { lastBufferedAtTime }),
    };
    return { set, result: undefined };
  });
}

export function swapChunks(
  context: DomainContext,
  args: {
    id?: unknown;
    activationRatio?: unknown;
    messageTokensThreshold?: unknown;
    currentPendingTokens?: unknown;
    forceMaxActivation?: unknown;
    lastObservedAt?: unknown;
    bufferedChunks?: unknown;
  },
): Promise<SwapBufferedToActiveResult> {
  const target = {
    activationRatio: finite(args.activationRatio, "activationRatio"),
    messageTokensThreshold: finite(args.messageTokensThreshold, "messageTokensThreshold"),
    currentPendingTokens: finite(args.currentPendingTokens, "currentPendingTokens"),
    forceMaxActivation: args.forceMaxActivation === true,
  };
  const given = toOptionalInstant(args.lastObservedAt, "lastObservedAt");
  const tokensOf = freshTokens(listOf(args.bufferedChunks, "bufferedChunks"));
  const columns = [
    "activeObservations",
    "bufferedObservationChunks",
    "observationTokenCount",
    "pendingMessageTokens",
  ] as const;
  return modifyColumns(context, args.id, columns, (row) => {
    const chunks = readStoredChunks(row.bufferedObservationChunks);
    if (chunks.length === 0) return { result: nothingActivated() };
    const count = chunksToActivate(chunks.map(tokensOf), target);
    const activated = chunks.slice(0, count);
    const result = resultOf(activated, tokensOf);
    const last = toChunk(activated.at(-1) as StoredChunk);
    const when = given ?? last.lastObservedAt ?? new Date(context.clock.now());
    const set = {
      activeObservations: joined(row.activeObservations, result.observations as string, when),
      bufferedObservationChunks: writeStoredChunks(chunks.slice(count)),
      observationTokenCount: row.observationTokenCount + Math.round(result.observationTokensActivated),
      pendingMessageTokens: Math.max(0, row.pendingMessageTokens - Math.round(result.messageTokensActivated)),
      lastObservedAt: when.getTime(),
    };
    return { set, result };
  });
}

/** The text in force with more behind it. Consumers split it at the delimiter. */
function joined(active: string, more: string, when: Date): string {
  return active === "" ? more : `${active}\n\n--- message boundary (${when.toISOString()}) ---\n\n${more}`;
}

/** Message tokens of stored chunks, fresher where the caller knows better: by id, else by cycle. */
function freshTokens(given: readonly unknown[]): (chunk: StoredChunk) => number {
  const byId = new Map<unknown, number>();
  const byCycle = new Map<unknown, number>();
  for (const entry of given) {
    const { id, cycleId, messageTokens } = (entry ?? {}) as Record<string, unknown>;
    if (typeof messageTokens !== "number" || !Number.isFinite(messageTokens)) continue;
    if (typeof id === "string") byId.set(id, messageTokens);
    if (typeof cycleId === "string") byCycle.set(cycleId, messageTokens);
  }
  return ({ id, cycleId, messageTokens }) => byId.get(id) ?? byCycle.get(cycleId) ?? numberOr0(messageTokens);
}

function resultOf(
  activated: readonly StoredChunk[],
  tokensOf: (chunk: StoredChunk) => number,
): SwapBufferedToActiveResult {
  const perChunk = activated.map((chunk) => ({
    cycleId: chunk.cycleId,
    messageTokens: tokensOf(chunk),
    observationTokens: numberOr0(chunk.tokenCount),
    messageCount: messageIds(chunk).length,
    observations: chunk.observations ?? "",
  }));
  const { suggestedContinuation, currentTask } = activated.at(-1) as StoredChunk;
  const activatedMessageIds = activated.flatMap(messageIds);
  return {
    chunksActivated: activated.length,
    messageTokensActivated: perChunk.reduce((sum, { messageTokens }) => sum + messageTokens, 0),
    observationTokensActivated: perChunk.reduce((sum, { observationTokens }) => sum + observationTokens, 0),
    messagesActivated: activatedMessageIds.length,
    activatedCycleIds: activated.map(({ cycleId }) => cycleId),
    activatedMessageIds,
    observations: perChunk.map(({ observations }) => observations).join("\n\n"),
    perChunk,
    ...(suggestedContinuation !== undefined && { suggestedContinuation }),
    ...(currentTask !== undefined && { currentTask }),
  };
}

const nothingActivated = (): SwapBufferedToActiveResult => ({
  chunksActivated: 0,
  messageTokensActivated: 0,
  observationTokensActivated: 0,
  messagesActivated: 0,
  activatedCycleIds: [],
  activatedMessageIds: [],
});

const numberOr0 = (value: unknown): number => (typeof value === "number" ? value : 0);
const messageIds = ({ messageIds }: StoredChunk): string[] => (Array.isArray(messageIds) ? messageIds : []);
