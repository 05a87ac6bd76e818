export type ObservationalMemoryScope = "thread" | "resource" | (string & {});
export type ObservationalMemoryOriginType = "initial" | "reflection" | (string & {});

/** Observations made ahead of time, not yet in force. */
export interface BufferedObservationChunk {
  id: string;
  cycleId: string;
  observations: string;
  tokenCount: number;
  messageIds: string[];
  messageTokens: number;
  lastObservedAt: Date;
  createdAt: Date;
  suggestedContinuation?: string;
  currentTask?: string;
  threadTitle?: string;
  extractedValues?: Record<string, unknown>;
  extractionFailures?: { slug: string; error: string }[];
}

export type BufferedObservationChunkInput = Omit<BufferedObservationChunk, "id" | "createdAt">;

/** One generation of what was observed in a thread or about a resource. */
export interface ObservationalMemoryRecord {
  id: string;
  scope: ObservationalMemoryScope;
  /** `null` for resource scope. */
  threadId: string | null;
  resourceId: string;
  createdAt: Date;
  updatedAt: Date;
  /** Messages created after it are unobserved; absent: all are. */
  lastObservedAt?: Date;
  originType: ObservationalMemoryOriginType;
  /** Unique for the key; the highest is current. */
  generationCount: number;
  /** Text in force. */
  activeObservations: string;
  bufferedObservationChunks?: BufferedObservationChunk[];
  /** Legacy text, carried only. */
  bufferedObservations?: string;
  bufferedObservationTokens?: number;
  bufferedMessageIds?: string[];
  bufferedReflection?: string;
  bufferedReflectionTokens?: number;
  bufferedReflectionInputTokens?: number;
  /** Leading lines of `activeObservations` that `bufferedReflection` covers. */
  reflectedObservationLineCount?: number;
  observedMessageIds?: string[];
  observedTimezone?: string;
  totalTokensObserved: number;
  observationTokenCount: number;
  pendingMessageTokens: number;
  isReflecting: boolean;
  isObserving: boolean;
  isBufferingObservation: boolean;
  isBufferingReflection: boolean;
  lastBufferedAtTokens: number;
  lastBufferedAtTime: Date | null;
  config: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

export interface ObservationalMemoryHistoryOptions {
  /** Bounds of `createdAt`, inclusive. */
  from?: Date;
  to?: Date;
  offset?: number;
}

export interface CreateObservationalMemoryInput {
  threadId: string | null;
  resourceId: string;
  scope: ObservationalMemoryScope;
  config: Record<string, unknown>;
  observedTimezone?: string;
}

export interface UpdateActiveObservationsInput {
  id: string;
  observations: string;
  tokenCount: number;
  lastObservedAt: Date;
  /** Replaces the list; kept when left out. */
  observedMessageIds?: string[];
  observedTimezone?: string;
}

export interface UpdateBufferedObservationsInput {
  id: string;
  chunk: BufferedObservationChunkInput;
  lastBufferedAtTime?: Date;
}

export interface SwapBufferedToActiveInput {
  id: string;
  /** Between 0 and 1: the share of the threshold to set free. */
  activationRatio: number;
  messageTokensThreshold: number;
  currentPendingTokens: number;
  forceMaxActivation?: boolean;
  lastObservedAt?: Date;
  /** Supplies fresher `messageTokens` for stored chunks; nothing else of it counts. */
  bufferedChunks?: BufferedObservationChunk[];
}

export interface SwapBufferedToActiveResult {
  chunksActivated: number;
  messageTokensActivated: number;
  observationTokensActivated: number;
  messagesActivated: number;
  activatedCycleIds: string[];
  activatedMessageIds: string[];
  observations?: string;
  perChunk?: {
    cycleId: string;
    messageTokens: number;
    observationTokens: number;
    messageCount: number;
    observations: string;
  }[];
  suggestedContinuation?: string;
  currentTask?: string;
}

export interface UpdateBufferedReflectionInput {
  id: string;
  reflection: string;
  tokenCount: number;
  inputTokenCount: number;
  reflectedObservationLineCount: number;
}

export interface SwapBufferedReflectionToActiveInput {
  currentRecord: ObservationalMemoryRecord;
  tokenCount: number;
}

export interface CreateReflectionGenerationInput {
  currentRecord: ObservationalMemoryRecord;
  reflection: string;
  tokenCount: number;
}

export interface UpdateObservationalMemoryConfigInput {
  id: string;
  /** Merged deeply; arrays and scalars replace. */
  config: Record<string, unknown>;
}
