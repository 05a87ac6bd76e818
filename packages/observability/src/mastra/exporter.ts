import { randomUUID } from "node:crypto";
import type { Logger, TracingStrategy } from "@stowage/core";
import { Pipeline, type PipelineOptions } from "../pipeline.ts";
import type { Drop, Target } from "../writer/writer.ts";
import type { ExportedSpan, FeedbackEvent, LogEvent, MetricEvent, ScoreEvent, TracingEvent } from "./events.ts";
import { createOf, feedbackOf, logOf, metricOf, scoreOf, updatesOf } from "./records.ts";

export interface StorageExporterOptions extends Omit<PipelineOptions, "storage"> {
  /** Default: the storage of the Mastra instance that the exporter is registered with. */
  storage?: Target;
  /** Default `auto`: what the storage prefers, `batch-with-updates` on every store of Stowage. */
  strategy?: "auto" | TracingStrategy;
  /** Changes a span before it is written. One that fails leaves the span as it is. */
  customSpanFormatter?: (span: ExportedSpan) => ExportedSpan;
  logger?: Logger;
}

interface InitOptions {
  mastra?: { getStorage?: () => unknown };
  emitDropEvent?: (event: Drop & { type: "drop"; exporterName: string }) => void;
}

/**
 * Mastra's exporter interface on a Stowage storage: spans, logs, metrics, scores and feedback. Handlers never block the
 * traced program and never throw; what cannot be kept is reported by `onDrop` and by Mastra's own drop events.
 */
export class StorageExporter {
  readonly name = "stowage";
  readonly #pipeline: Pipeline;
  readonly #strategy: "auto" | TracingStrategy;
  readonly #format: StorageExporterOptions["customSpanFormatter"];
  #logger: Pick<Logger, "warn"> | undefined;
  #init: InitOptions = {};
  #ignored = 0;

  constructor({
    storage,
    strategy = "auto",
    customSpanFormatter,
    logger,
    onDrop,
    ...options
  }: StorageExporterOptions = {}) {
    this.#strategy = strategy;
    this.#format = customSpanFormatter;
    this.#logger = logger;
    this.#pipeline = new Pipeline({
      ...options,
      storage: storage ?? (() => this.#init.mastra?.getStorage?.() as Target | undefined),
      onDrop: (drop) => {
        onDrop?.(drop);
        this.#init.emitDropEvent?.({ type: "drop", exporterName: this.name, ...drop });
      },
    });
  }

  init(options: unknown): void {
    this.#init = (options ?? {}) as InitOptions;
  }

  __setLogger(logger: unknown): void {
    this.#logger ??= logger as Pick<Logger, "warn">;
  }

  /** Takes a tracing event; the newer name of {@link exportTracingEvent}. */
  onTracingEvent(event: unknown): void {
    const { type, exportedSpan } = event as TracingEvent;
    const span = this.#formatted(exportedSpan);
    const isEnd = type === "span_ended";
    if (span.isEvent || isEnd) {
      if (
        span.isEvent ||
        this.#strategy === "insert-only" ||
        this.#strategy === "event-sourced" ||
        this.#strategy === "auto"
      ) {
        // A whole record merges with what is stored of the span, whichever comes first.
        this.#pipeline.add({ kind: "create", record: createOf(span) });
      } else this.#update(span);
    } else if (type === "span_started") {
      if (this.#strategy !== "insert-only") this.#pipeline.add({ kind: "create", record: createOf(span) });
    } else if (type === "span_updated") {
      if (this.#strategy !== "insert-only" && this.#strategy !== "event-sourced") this.#update(span);
    } else this.#ignored++;
    if (this.#strategy === "realtime") void this.#pipeline.flush();
  }

  async exportTracingEvent(event: unknown): Promise<void> {
    this.onTracingEvent(event);
  }

  onLogEvent(event: unknown): void {
    this.#pipeline.add({ kind: "log", record: logOf(event as LogEvent) });
  }

  onMetricEvent(event: unknown): void {
    this.#pipeline.add({ kind: "metric", record: metricOf(event as MetricEvent) });
  }

  onScoreEvent(event: unknown): void {
    this.#pipeline.add({ kind: "score", record: scoreOf(event as ScoreEvent) });
  }

  onFeedbackEvent(event: unknown): void {
    this.#pipeline.add({ kind: "feedback", record: feedbackOf(event as FeedbackEvent) });
  }

  /** Adds a score to a trace, or to one of its spans, stored already or not. */
  async addScoreToTrace(score: {
    traceId: string;
    spanId?: string;
    score: number;
    reason?: string;
    scorerName: string;
    metadata?: Record<string, unknown>;
  }): Promise<void> {
    const { scorerName, ...rest } = score;
    const record = { ...rest, scoreId: randomUUID(), scorerId: scorerName, scorerName, timestamp: new Date() };
    this.#pipeline.add({ kind: "score", record });
  }

  /** Tracing events of kinds that this release does not know. */
  get ignoredEvents(): number {
    return this.#ignored;
  }

  /** Traces and spans that tail sampling did not keep. */
  get sampledOut(): { readonly traces: number; readonly spans: number } {
    return this.#pipeline.sampledOut;
  }

  /** Resolves when everything taken before is durable, or was reported as dropped; may be given to a `waitUntil`. */
  flush(): Promise<void> {
    return this.#pipeline.flush();
  }

  /** Takes no more, and writes what waits for as long as `shutdownTimeoutMs`. Idempotent. */
  shutdown(): Promise<void> {
    return this.#pipeline.shutdown();
  }

  #update(span: ExportedSpan): void {
    const { traceId, id: spanId } = span;
    this.#pipeline.add({ kind: "update", record: { traceId, spanId, updates: updatesOf(span) } });
  }

  #formatted(span: ExportedSpan): ExportedSpan {
    if (!this.#format) return span;
    try {
      return this.#format(span);
    } catch (error) {
      this.#logger?.warn("a customSpanFormatter failed; the span is written as it is", error);
      return span;
    }
  }
}

/** The exporter for Mastra's observability. */
export const storageExporter = (options: StorageExporterOptions = {}): StorageExporter => new StorageExporter(options);
