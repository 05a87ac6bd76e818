import type { ExportResult } from "@opentelemetry/core";
import { readOtlpRequest } from "@stowage/core";
import { Pipeline, type PipelineOptions } from "../pipeline.ts";
import type { RefusedError } from "../writer/writer.ts";
import { continuesRecorded, otlpOf, type SdkSpan } from "./to-otlp.ts";

const success = 0;
const failed = 1;

/**
 * A `SpanExporter` of OpenTelemetry: finished spans of any instrumented program go into a storage. Each batch is answered
 * when it is durable, or with the reason why it is not.
 */
export class StowageSpanExporter {
  readonly #pipeline: Pipeline;
  /** Reasons of what was dropped while a batch was under way. */
  readonly #failures = new Set<{ error?: Error }>();

  constructor(options: PipelineOptions) {
    this.#pipeline = new Pipeline({
      ...options,
      onDrop: (drop) => {
        for (const failure of this.#failures) {
          if (drop.signal === "tracing")
            failure.error ??= new Error(`${drop.count} spans were dropped: ${drop.reason}`);
        }
        options.onDrop?.(drop);
      },
    });
  }

  export(spans: readonly object[], resultCallback: (result: ExportResult) => void): void {
    const failure: { error?: Error } = {};
    this.#failures.add(failure);
    let refused: RefusedError | undefined;
    // Spans end before their parents: the one that says so may stand last.
    for (const span of spans as readonly SdkSpan[]) {
      if (continuesRecorded(span)) this.#pipeline.keep(span.spanContext().traceId);
    }
    for (const record of readOtlpRequest(otlpOf(spans as readonly SdkSpan[])).records) {
      refused = this.#pipeline.add({ kind: "create", record }) ?? refused;
    }
    const answer = (error: Error | undefined) => {
      this.#failures.delete(failure);
      resultCallback(error ? { code: failed, error } : { code: success });
    };
    this.#pipeline.flush().then(
      () => answer(refused ?? failure.error),
      (error: Error) => answer(error),
    );
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
}
