import { request } from "../../api/client.ts";

/** What a program noted within a span. */
export interface SpanLog {
  timestamp: string;
  level: string;
  message: string;
  data: unknown;
  spanId: string | null;
}

/** The newest logs of a trace, or of one of its spans; at most 100. */
export async function getLogs(of: { traceId: string; spanId?: string }, signal: AbortSignal): Promise<SpanLog[]> {
  const query = { ...of, perPage: 100 };
  return (await request<{ logs: SpanLog[] }>("/observability/logs", { query, signal })).logs;
}
