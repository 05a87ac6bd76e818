import type { LightSpanRecord, ScoreRecord, SpanRecord } from "@stowage/core";
import { request, segment } from "./client.ts";
import type { Wire } from "./memory.ts";

export type LightSpan = Wire<LightSpanRecord>;
export type Span = Wire<SpanRecord>;

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
  errorCount: number;
  firstTokenMs: number | null;
  models: string[];
  usage: (Usage & Cost & { unpriced: number }) | null;
}

/** With where each trace belongs. */
export const tracesPath = "/stowage/traces";
export const tracePath = (traceId: string) => `/observability/traces/${segment(traceId)}`;
export const tracesOf = (answer: { spans: LightSpan[] }) => answer.spans;

const given = (signal: AbortSignal | undefined) => ({ ...(signal && { signal }) });

/** All spans of a trace without payloads. */
export const getStructure = (traceId: string, signal?: AbortSignal) =>
  request<{ traceId: string; spans: LightSpan[] }>(`${tracePath(traceId)}/light`, given(signal));

/** One span with its payloads. */
export const getSpan = (traceId: string, spanId: string, signal?: AbortSignal) =>
  request<{ span: Span }>(`${tracePath(traceId)}/spans/${segment(spanId)}`, given(signal));

/** All spans with their payloads. */
export const getTrace = (traceId: string, signal?: AbortSignal) =>
  request<{ traceId: string; spans: Span[] }>(tracePath(traceId), given(signal));

export const getUsage = (traceIds: readonly string[], signal?: AbortSignal) =>
  request<{ traces: TraceUsage[] }>("/stowage/traces/usage", {
    query: { traceIds: traceIds.join(",") },
    ...given(signal),
  });

/** What each single call used. */
export const getCalls = (traceId: string, signal?: AbortSignal) =>
  request<{ calls: CallUsage[] }>(`${tracesPath}/${segment(traceId)}/calls`, given(signal));

/** As a request of OTLP/JSON, with the spans that still run. */
export const getOtlp = (traceId: string) =>
  request<{ resourceSpans: object[] }>(`${tracesPath}/${segment(traceId)}/otlp`, { query: { includeRunning: true } });

export const getSpanScores = (traceId: string, signal?: AbortSignal) =>
  request<{ scores: Wire<ScoreRecord>[] }>("/observability/scores", {
    query: { traceId, perPage: 100 },
    ...given(signal),
  });

/** What has changed since a cursor; without one, where to begin. */
export const pollTraces = (query: object, after: string | undefined, signal?: AbortSignal) =>
  request<{ spans: LightSpan[]; deltaCursor: string; delta: { hasMore: boolean } }>(tracesPath, {
    query: { ...query, mode: "delta", after, limit: 100 },
    ...given(signal),
  });
