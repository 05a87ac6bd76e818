import type { KnownSpan } from "../spans/draft.ts";
import type { KnownIndexRow } from "./snapshot.ts";

/** Most traces and open spans that are remembered, and the longest index row in UTF-16 units. */
const mostTraces = 2000;
const mostSpans = 20_000;
const longestRow = 16_384;

interface CachedTrace {
  /** `undefined` when the trace is known to have no index row. */
  index: KnownIndexRow | undefined;
  readonly spans: Map<string, KnownSpan>;
}

/**
 * What this process wrote last: index rows and the merge columns of open spans, so that most batches need no read. Every entry
 * is a guess which the batch that relies on it lets the engine check by revision, so a stale one costs a retry and no more.
 */
export class TraceCache {
  private readonly traces = new Map<string, CachedTrace>();
  private spanCount = 0;

  index(traceId: string): KnownIndexRow | undefined {
    return this.traces.get(traceId)?.index;
  }

  span(traceId: string, spanId: string): KnownSpan | undefined {
    return this.traces.get(traceId)?.spans.get(spanId);
  }

  setIndex(traceId: string, index: KnownIndexRow | undefined): void {
    if (index && sizeOf(index) > longestRow) {
      this.forget(traceId);
      return;
    }
    const trace = this.traces.get(traceId);
    if (trace) {
      trace.index = index;
      // Reinserted, so that the map's order is the order of use.
      this.traces.delete(traceId);
      this.traces.set(traceId, trace);
    } else this.traces.set(traceId, { index, spans: new Map() });
    this.evict();
  }

  /** Remembers an open span; without effect unless its trace is remembered. */
  setSpan(traceId: string, spanId: string, span: KnownSpan): void {
    const trace = this.traces.get(traceId);
    if (!trace) return;
    if (!trace.spans.has(spanId)) this.spanCount++;
    trace.spans.set(spanId, span);
  }

  forgetSpan(traceId: string, spanId: string): void {
    if (this.traces.get(traceId)?.spans.delete(spanId)) this.spanCount--;
  }

  forget(traceId: string): void {
    this.spanCount -= this.traces.get(traceId)?.spans.size ?? 0;
    this.traces.delete(traceId);
  }

  clear(): void {
    this.traces.clear();
    this.spanCount = 0;
  }

  private evict(): void {
    for (const traceId of this.traces.keys()) {
      if (this.traces.size <= mostTraces && this.spanCount <= mostSpans) return;
      this.forget(traceId);
    }
  }
}

const sizeOf = ({ row }: KnownIndexRow) =>
  (row.metadata?.length ?? 0) + (row.error?.length ?? 0) + (row.scope?.length ?? 0) + (row.tags?.length ?? 0);
