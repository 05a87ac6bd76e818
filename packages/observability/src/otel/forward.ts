import { setTimeout as sleep } from "node:timers/promises";
import type { MastraCompositeStore, ObservabilityStorage } from "@stowage/core";

export interface ForwardOptions {
  storage: Pick<MastraCompositeStore, "getStore"> | ObservabilityStorage;
  /** Where OTLP over HTTP is taken, with its path: `https://collector.example/v1/traces`. */
  url: string;
  /** Sent along, such as credentials. */
  headers?: Readonly<Record<string, string>>;
  traceIds: readonly string[];
  /** Also spans that have not ended. Default `false`. */
  includeRunning?: boolean;
  /** Repetitions of one request after the first try. Default 4. */
  maxRetries?: number;
  /** Wait before the first repetition, doubling; a `Retry-After` stands over it. Default 500. */
  retryDelayMs?: number;
  signal?: AbortSignal;
}

export interface ForwardResult {
  /** Requests that were taken. */
  requests: number;
  /** Spans that the other side refused for themselves. */
  rejectedSpans: number;
}

/** Traces of one request. */
const tracesAtOnce = 50;
const repeatable = new Set([429, 502, 503, 504]);

/**
 * Sends stored traces to any receiver of OTLP, in the current conventions: what was written once is not locked in. Receivers
 * know spans by their ids, so that sending them again does no harm.
 *
 * @throws Error when the receiver refuses a request, or still cannot take it after all repetitions.
 */
export async function forwardTraces(options: ForwardOptions): Promise<ForwardResult> {
  const { storage, traceIds, includeRunning = false } = options;
  const store = "getStore" in storage ? await storage.getStore("observability") : storage;
  if (!store) throw new Error("the storage has no observability domain");
  const result = { requests: 0, rejectedSpans: 0 };
  for (let from = 0; from < traceIds.length; from += tracesAtOnce) {
    const some = traceIds.slice(from, from + tracesAtOnce);
    const body = await store.exportOtlpTraces({ traceIds: some, includeRunning });
    if (body.resourceSpans.length === 0) continue;
    result.rejectedSpans += await send(JSON.stringify(body), options);
    result.requests++;
  }
  return result;
}

async function send(body: string, options: ForwardOptions): Promise<number> {
  const { url, headers, maxRetries = 4, retryDelayMs = 500, signal } = options;
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
      ...(signal && { signal }),
    }).catch((cause: Error) => {
      if (signal?.aborted || attempt >= maxRetries) throw new Error("the receiver cannot be reached", { cause });
    });
    if (answer?.ok) return rejectedOf(await answer.json().catch(() => ({})));
    await answer?.body?.cancel();
    if (answer && (!repeatable.has(answer.status) || attempt >= maxRetries)) {
      throw new Error(`the receiver answered with ${answer.status}`);
    }
    const asked = Number(answer?.headers.get("retry-after") ?? Number.NaN) * 1000;
    await sleep(Number.isFinite(asked) ? asked : retryDelayMs * 2 ** attempt, undefined, signal && { signal });
  }
}

function rejectedOf(answer: unknown): number {
  const { partialSuccess } = answer as { partialSuccess?: { rejectedSpans?: unknown } };
  return Number(partialSuccess?.rejectedSpans ?? 0) || 0;
}
