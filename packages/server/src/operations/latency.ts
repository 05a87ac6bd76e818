import { failureOf } from "../api/errors.ts";
import type { Route } from "../api/route.ts";

const hour = 3_600_000;
/** Calls kept of each area: of a busy hour the latest. */
const most = 2000;

export interface LastHour {
  calls: number;
  /** Calls that failed by no fault of the caller. */
  failures: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
}

/** How long the storage took to answer this server, by area, within an hour. */
export class Latencies {
  readonly #calls = new Map<string, { at: number; ms: number; failed: boolean }[]>();

  record(area: string, ms: number, failed: boolean, now = Date.now()): void {
    const calls = this.#calls.get(area) ?? [];
    this.#calls.set(area, calls);
    calls.push({ at: now, ms, failed });
    // Half goes at a time: a shift at each call would move all of them.
    if (calls.length >= 2 * most) calls.splice(0, most);
  }

  /** `undefined` when the area was not called. */
  lastHour(area: string, now = Date.now()): LastHour | undefined {
    const calls = (this.#calls.get(area) ?? []).filter(({ at }) => at > now - hour).slice(-most);
    if (calls.length === 0) return undefined;
    const times = calls.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (p: number) => times[Math.min(times.length - 1, Math.floor(p * times.length))] as number;
    const failures = calls.filter(({ failed }) => failed).length;
    return { calls: calls.length, failures, p50: at(0.5), p95: at(0.95) };
  }
}

/** The route, its calls measured. */
export const measured = (route: Route, latencies: Latencies): Route => ({
  ...route,
  async run(call) {
    const started = performance.now();
    const record = (failed: boolean) => latencies.record(route.area, performance.now() - started, failed);
    try {
      const result = await route.run(call);
      record(false);
      return result;
    } catch (error) {
      record(failureOf(error, call.requestId).status >= 500);
      throw error;
    }
  },
});
