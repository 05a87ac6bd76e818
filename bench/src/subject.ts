import type { Message, Score, Snapshot, Span, StepResult, Thread } from "./data.ts";
import type { FixtureKey } from "./fixtures.ts";

/** What the operations call: the part of the storage contract that is measured. */
export interface Subject {
  memory: {
    saveThread(a: { thread: Thread }): Promise<Thread>;
    getThreadById(a: { threadId: string }): Promise<Thread | null>;
    updateThread(a: { id: string; title: string; metadata: Record<string, unknown> }): Promise<Thread>;
    saveMessages(a: { messages: Message[] }): Promise<{ messages: Message[] }>;
    listMessages(a: {
      threadId: string;
      page?: number;
      perPage: number;
      orderBy?: { field: "createdAt"; direction: "ASC" | "DESC" };
      filter?: { dateRange: { start: Date } };
      includeTotal?: boolean;
    }): Promise<{ messages: Message[]; total: number; hasMore: boolean }>;
  };
  workflows: {
    persistWorkflowSnapshot(a: { workflowName: string; runId: string; snapshot: Snapshot }): Promise<void>;
    loadWorkflowSnapshot(a: { workflowName: string; runId: string }): Promise<Snapshot | null>;
    updateWorkflowResults(a: {
      workflowName: string;
      runId: string;
      stepId: string;
      result: StepResult;
      requestContext: Record<string, unknown>;
    }): Promise<Record<string, unknown>>;
  };
  observability: {
    createSpan(a: { span: Span }): Promise<void>;
    batchCreateSpans(a: { records: Span[] }): Promise<void>;
    getTrace(a: { traceId: string }): Promise<{ traceId: string; spans: Span[] } | null>;
    listTraces(a: { pagination: { page: number; perPage: number } }): Promise<{
      spans: Span[];
      pagination?: { total: number };
    }>;
  };
  scores: {
    saveScore(score: Score): Promise<{ score: Score }>;
    listScoresByScorerId(a: { scorerId: string; pagination: { page: number; perPage: number } }): Promise<{
      scores: Score[];
      pagination: { total: number };
    }>;
  };
  close(): Promise<void>;
}

/** One of the things compared. */
export interface Variant {
  /** Fixtures whose records it refuses, although the contract allows them. */
  readonly refuses?: readonly FixtureKey[];
  readonly key: VariantKey;
  readonly title: string;
  /** Loads the packages. */
  load(): Promise<unknown>;
  /** Opens a place, and makes its schema when it is new. */
  open(place: string): Promise<Subject>;
}

export const variantKeys = ["stowage", "peer", "driver", "native"] as const;
export type VariantKey = (typeof variantKeys)[number];
