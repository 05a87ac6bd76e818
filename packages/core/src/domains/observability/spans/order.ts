import { compareText } from "../../../engine/compare.ts";
import type { SpanRow } from "../tables.ts";

type Ordered = Pick<SpanRow, "startedAt" | "startNs" | "parentSpanId" | "spanId">;

/** The order of the spans of a trace: by start, nanoseconds included, then those without parent, then by id. */
export function compareSpans(a: Ordered, b: Ordered): number {
  return (
    a.startedAt - b.startedAt ||
    a.startNs - b.startNs ||
    Number(a.parentSpanId !== null) - Number(b.parentSpanId !== null) ||
    compareText(a.spanId, b.spanId)
  );
}
