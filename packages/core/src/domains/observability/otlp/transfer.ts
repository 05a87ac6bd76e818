import { invalid } from "../../../errors.ts";
import { refused } from "../conditions.ts";
import type { CreateSpanRecord, SpanRecord } from "../types.ts";
import { decodeTraceRequest } from "./protobuf.ts";
import { readSpans } from "./read-spans.ts";
import { grouped, toOtlp } from "./to-otlp.ts";
import { toRecord } from "./to-record.ts";

export interface IngestResult {
  acceptedSpans: number;
  rejectedSpans: number;
  /** Why the first of the rejected ones was. */
  errorMessage?: string;
}

/** The largest span that is taken, as JSON in UTF-16 units. */
const largestSpan = 16 * 1024 * 1024;

/** The records of a request, and how many spans of it cannot be taken. */
export function readRequest(body: unknown): { records: CreateSpanRecord[] } & Omit<IngestResult, "acceptedSpans"> {
  const records: CreateSpanRecord[] = [];
  const reasons: string[] = [];
  // A span is no larger than its request, and the densest of bytes (an empty event takes two) become some 25 units of JSON.
  const mayBeTooLarge = !(body instanceof Uint8Array) || body.length * 32 > largestSpan;
  for (const span of readSpans(body instanceof Uint8Array ? decoded(body) : body)) {
    if (typeof span === "string") reasons.push(span);
    else if (mayBeTooLarge && JSON.stringify(span.envelope).length > largestSpan) {
      reasons.push("the span is larger than 16 MiB");
    } else records.push(toRecord(span));
  }
  const [errorMessage] = reasons;
  return { records, rejectedSpans: reasons.length, ...(errorMessage !== undefined && { errorMessage }) };
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decodeTraceRequest(bytes);
  } catch (cause) {
    throw invalid(`the request is no OTLP message: ${(cause as Error).message}`, "INVALID_ARGUMENT");
  }
}

export interface ExportArgs {
  traceIds: string[];
  /** Also spans that have not ended. Default `false`. */
  includeRunning?: boolean;
}

export function readExport(a: unknown): Required<ExportArgs> {
  const { traceIds, includeRunning = false } = (a ?? {}) as Partial<ExportArgs>;
  if (!Array.isArray(traceIds) || traceIds.some((id) => typeof id !== "string" || id === "")) {
    throw refused("traceIds", "must be a list of non-empty strings");
  }
  return { traceIds: [...new Set(traceIds)], includeRunning };
}

export const writeRequest = (spans: readonly SpanRecord[], includeRunning: boolean): { resourceSpans: unknown[] } =>
  grouped(spans.filter(({ endedAt }) => includeRunning || endedAt !== null).map(toOtlp));
