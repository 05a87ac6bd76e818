import type { LightSpanRecord, ScoreRecord, SpanRecord, TraceSpan } from "@stowage/core";
import { request, segment } from "./client.ts";
import type { Wire } from "./memory.ts";

export type LightSpan = Wire<LightSpanRecord>;
export type Span = Wire<SpanRecord>;
export type TraceRow = LightSpan & Partial<Pick<Wire<TraceSpan>, "threadId" | "resourceId" | "environment" | "tags">>;

/** Tokens; `input` holds what was cached, `output` the reasoning. */
export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  reasoning: number;
}

export interface Cost {
  estimatedCost: number | null;
  costUnit: string | null;
  priceVersion?: string;
}

export interface CallUsage {
  spanId: string;
  model?: string;
  provider?: string;
  usage: Usage;
  cost?: Cost;
}

export interface TraceUsage {
  traceId: string;
  spanCount: number;
  models: string[];
  usage: (Usage & Cost & { unpriced: number }) | null;
  calls?: CallUsage[];
}

export const tracesPath = "/observability/traces/light";
export const tracePath = (traceId: string) => `/observability/traces/${segment(traceId)}`;
export const tracesOf = (answer: { spans: TraceRow[] }) => answer.spans;

const given = (signal: AbortSignal | undefined) => ({ ...(signal && { signal }) });

/** All spans of a trace without payloads. */
export const getStructure = (traceId: string, signal?: AbortSignal) =>
  request<{ traceId: string; spans: LightSpan[] }>(`${tracePath(traceId)}/light`, given(signal));

/** One span with its payloads. */
export const getSpan = (traceId: string, spanId: string, signal?: AbortSignal) =>
  request<{ span: Span }>(`${tracePath(traceId)}/spans/${segment(spanId)}`, given(signal));

export const getTrace = (traceId: string) => request<{ traceId: string; spans: Span[] }>(tracePath(traceId));

export const getUsage = (traceIds: readonly string[], signal?: AbortSignal) =>
  request<{ traces: TraceUsage[] }>("/stowage/traces/usage", {
    query: { traceIds: traceIds.join(",") },
    ...given(signal),
  });

/** With what each single call used. */
export const getUsageOfCalls = (traceId: string, signal?: AbortSignal) =>
  request<{ traces: TraceUsage[] }>("/stowage/traces/usage", {
    query: { traceIds: traceId, calls: true },
    ...given(signal),
  });

export const getSpanScores = (traceId: string, signal?: AbortSignal) =>
  request<{ scores: Wire<ScoreRecord>[] }>("/observability/scores", {
    query: { traceId, perPage: 100 },
    ...given(signal),
  });

/** What has changed since a cursor; without one, where to begin. */
export const pollTraces = (query: object, after: string | undefined, signal?: AbortSignal) =>
  request<{ spans: TraceRow[]; deltaCursor: string; delta: { hasMore: boolean } }>(tracesPath, {
    query: { ...query, mode: "delta", after, limit: 100 },
    ...given(signal),
  });
