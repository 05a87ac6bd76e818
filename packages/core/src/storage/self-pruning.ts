import { observabilityState } from "../domains/observability/tables.ts";
import type { DomainContext } from "../domains/shared/context.ts";
import { type Duration, type PruneResult, parseDuration } from "../domains/shared/retention.ts";
import { modify } from "../engine/modify.ts";
import { upsert } from "../engine/operations.ts";

/** Timers count in 31 bits of milliseconds. */
const longest = 24 * 24 * 60 * 60 * 1000;
const leaseName = "lease:prune";

/** @throws Error when it is no duration, or one that no timer takes. */
export function checkInterval(interval: Duration): number {
  const ms = parseDuration(interval);
  if (ms < 1 || ms > longest) throw new Error("retentionInterval must be between 1ms and 24d");
  return ms;
}

/**
 * Prunes by itself, again and again. Of all the processes that do so on one database one has its turn in each interval: a lease
 * in the database says who, and runs out by itself when its holder is gone.
 */
export class SelfPruning {
  private readonly context: DomainContext;
  private readonly interval: number;
  private readonly prune: (signal: AbortSignal) => Promise<readonly PruneResult[]>;
  private readonly ending = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | undefined;

  /** The first turn comes after an interval; the timer keeps no process alive. */
  constructor(
    context: DomainContext,
    interval: number,
    prune: (signal: AbortSignal) => Promise<readonly PruneResult[]>,
  ) {
    this.context = context;
    this.interval = interval;
    this.prune = prune;
    this.schedule();
  }

  /** Ends after the batch under way. */
  async stop(): Promise<void> {
    this.ending.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(): void {
    if (this.ending.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.running = this.turn().finally(() => this.schedule());
    }, this.interval);
    (this.timer as { unref?: () => void }).unref?.();
  }

  /** Never rejects: what went wrong is logged, and the next turn tries again. */
  private async turn(): Promise<void> {
    const { logger } = this.context;
    try {
      if (!(await this.takeLease())) return;
      for (const { domain, table, error } of await this.prune(this.ending.signal)) {
        if (error !== undefined) logger.error(`stowage: could not prune ${domain}/${table}: ${error}`);
      }
    } catch (error) {
      if (!this.ending.signal.aborted) logger.error("stowage: could not prune", error);
    }
  }

  /** The lease lasts a little less than an interval, so that its holder's own next turn comes after it. */
  private takeLease(): Promise<boolean> {
    const { engine, clock } = this.context;
    return modify(engine, observabilityState, [leaseName], (row, rev) => {
      const now = clock.now();
      const { until = 0 } = row ? (JSON.parse(row.value) as { until?: number }) : {};
      // A lease far in the future is that of a clock gone wrong.
      if (until > now && until <= now + this.interval) return { result: false };
      const value = JSON.stringify({ until: now + Math.floor(this.interval * 0.9) });
      const lease = { name: leaseName, value, updatedAt: now };
      return { write: [upsert(observabilityState, lease, { expect: row ? { rev } : "absent" })], result: true };
    });
  }
}
