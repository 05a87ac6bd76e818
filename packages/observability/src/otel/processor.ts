import { readOtlpRequest } from "@stowage/core";
import { Pipeline, type PipelineOptions } from "../pipeline.ts";
import { continuesRecorded, otlpOf, type SdkSpan, sampledFlag } from "./to-otlp.ts";

/**
 * A `SpanProcessor` of OpenTelemetry that writes spans when they start and again when they end, so that what is running can
 * be seen. It batches by itself; no other processor is needed.
 */
export class StowageSpanProcessor {
  readonly #pipeline: Pipeline;

  constructor(options: PipelineOptions) {
    this.#pipeline = new Pipeline({ maxBatchWaitMs: 1000, ...options });
  }

  onStart(span: object): void {
    this.#take(span as SdkSpan);
  }

  onEnd(span: object): void {
    this.#take(span as SdkSpan);
  }

  /** Traces and spans that tail sampling did not keep. */
  get sampledOut(): { readonly traces: number; readonly spans: number } {
    return this.#pipeline.sampledOut;
  }

  forceFlush(): Promise<void> {
    return this.#pipeline.flush();
  }

  shutdown(): Promise<void> {
    return this.#pipeline.shutdown();
  }

  #take(span: SdkSpan): void {
    if ((span.spanContext().traceFlags & sampledFlag) === 0) return;
    if (continuesRecorded(span)) this.#pipeline.keep(span.spanContext().traceId);
    for (const record of readOtlpRequest(otlpOf([span])).records) this.#pipeline.add({ kind: "create", record });
  }
}
