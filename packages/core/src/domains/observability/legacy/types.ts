import type { InstantInput } from "../instant-input.ts";

/** One span in the documented form of early releases. */
export interface LegacyTrace {
  /** The span's id. */
  id: string;
  parentSpanId: string | null;
  name: string;
  traceId: string;
  /** Name of the instrumentation library. */
  scope: string;
  kind: number;
  attributes: unknown;
  status: unknown;
  events: unknown;
  links: unknown;
  /** JSON text with the remaining fields. */
  other: string | null;
  /** Nanoseconds since 1970, as the writer meant them. `JSON.stringify` refuses a bigint: send decimal text over HTTP. */
  startTime: bigint;
  endTime: bigint;
  createdAt: Date;
}

/** Whole nanoseconds: never through a number above 2^53. */
export type NanosInput = bigint | string | number;

export interface LegacyTraceInput
  extends Partial<Omit<LegacyTrace, "id" | "name" | "traceId" | "startTime" | "endTime" | "createdAt" | "other">> {
  id: string;
  name: string;
  traceId: string;
  startTime: NanosInput;
  endTime: NanosInput;
  /** Text is stored as it is, an object is encoded. */
  other?: string | object | null;
  createdAt?: InstantInput;
}

export interface LegacyTraceQuery {
  /** Prefix of the name. */
  name?: string;
  scope?: string;
  /** For each key, the text of the attribute's value. */
  attributes?: Record<string, string>;
  /** Equality by column. */
  filters?: Record<string, unknown>;
  /** Range of `createdAt`. */
  dateRange?: { start?: InstantInput; end?: InstantInput; startExclusive?: boolean; endExclusive?: boolean };
  page?: number;
  perPage?: number | false;
}
