import { HttpError } from "../api/errors.ts";

/** Requests within a window. */
export interface Budget {
  limit: number;
  windowSeconds: number;
}

/** By what a request does, and of each address: all its requests before anybody looks at credentials, and failed ones. */
export type BudgetKind = "read" | "write" | "export" | "ingest" | "address" | "failedAuth";
export type RateLimits = Partial<Record<BudgetKind, Budget>>;

/** Counts requests by key; another one (say, in Redis) may be given so that several servers share budgets. */
export interface CounterStore {
  /** Adds one and returns the count in the present window, and the milliseconds until it ends. */
  hit(key: string, windowMs: number): Promise<{ count: number; resetMs: number }> | { count: number; resetMs: number };
}

const maxKeys = 100_000;

/** Fixed windows in memory, bounded: when there are too many keys, those whose window is over go, then the oldest. */
export class MemoryCounters implements CounterStore {
  readonly #windows = new Map<string, { count: number; endsAt: number }>();

  hit(key: string, windowMs: number) {
    const now = Date.now();
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      this.#windows.delete(key);
      window = { count: 0, endsAt: now + windowMs };
      this.#windows.set(key, window);
      if (this.#windows.size > maxKeys) this.#shrink(now);
    }
    window.count++;
    return { count: window.count, resetMs: window.endsAt - now };
  }

  #shrink(now: number) {
    for (const [key, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(key);
    for (const key of this.#windows.keys()) {
      if (this.#windows.size <= maxKeys) return;
      this.#windows.delete(key);
    }
  }
}

/**
 * Takes one request out of a budget and returns the headers that tell what is left.
 *
 * @throws HttpError 429 with `Retry-After`. The official client never repeats a 429.
 */
export async function spend(
  counters: CounterStore,
  kind: BudgetKind,
  { limit, windowSeconds }: Budget,
  who: string,
): Promise<Record<string, string>> {
  const { count, resetMs } = await counters.hit(`${kind}:${who}`, windowSeconds * 1000);
  const seconds = Math.ceil(resetMs / 1000);
  const headers = {
    "RateLimit-Policy": `"${kind}";q=${limit};w=${windowSeconds}`,
    RateLimit: `"${kind}";r=${Math.max(0, limit - count)};t=${seconds}`,
  };
  if (count <= limit) return headers;
  throw new HttpError(429, `too many requests: ${limit} in ${windowSeconds} seconds`, {
    code: "rate_limited",
    retryAfter: seconds,
    headers,
  });
}
