import type { TraceStatus } from "../types.ts";

/** Status of one span, from its encoded columns: any error counts, also while the span is open. */
export function statusOf({
  error,
  endedAt,
}: {
  readonly error: string | null;
  readonly endedAt: number | null;
}): TraceStatus {
  if (error !== null) return "error";
  return endedAt === null ? "running" : "success";
}
