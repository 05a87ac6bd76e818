import type { DatasetItemPayload } from "@stowage/core";
import type { Span } from "../../api/traces.ts";

/** What a span is as an item of a dataset: its input, and its output as what is expected. */
export function itemOf({ traceId, spanId, input, output }: Span): DatasetItemPayload {
  return {
    input,
    ...(output !== null && { groundTruth: output }),
    source: { type: "trace", referenceId: traceId },
    metadata: { traceId, spanId },
  };
}
