import { StorageError } from "@stowage/core/engine";

/**
 * Requests that one invocation of a Worker may make of KV and other services. A bulk read is one (Cloudflare, "Limits" of
 * Workers KV); on the plan without cost there are 50 subrequests.
 */
const ofWorkers = 1_000;

/** What each invocation has asked for so far, whichever store asked. */
const asked = new WeakMap<object, number>();

/** Counts what is asked of KV, and refuses what an invocation could not finish before it is begun. */
export class OperationLimit {
  private readonly limit: number;
  private readonly invocation: () => object | undefined;

  /** Without an invocation each write is held against the whole limit. */
  constructor(limit: number, invocation: () => object | undefined = () => undefined) {
    this.limit = limit;
    this.invocation = invocation;
  }

  /** @throws StorageError `resource_limit` when fewer operations than these are left. */
  need(operations: number): void {
    const left = Math.max(0, this.limit - this.askedFor());
    if (operations <= left) return;
    throw new StorageError(
      `this needs ${operations} operations of Workers KV, and ${left} of ${this.limit} are left to the invocation`,
      { code: "resource_limit", retry: "permanent", details: { needed: operations, left, limit: this.limit } },
    );
  }

  /** Counts operations that are about to be done. @throws StorageError as {@link need}; none is counted then. */
  take(operations: number): void {
    this.need(operations);
    this.note(operations);
  }

  /** Counts operations that nothing holds up any more. */
  note(operations: number): void {
    const invocation = this.invocation();
    if (invocation) asked.set(invocation, this.askedFor() + operations);
  }

  private askedFor(): number {
    const invocation = this.invocation();
    return (invocation && asked.get(invocation)) ?? 0;
  }
}

/** The limit where this runs: that of Workers inside of them, none elsewhere. */
export const usualLimit = (): number =>
  globalThis.navigator?.userAgent === "Cloudflare-Workers" ? ofWorkers : Number.POSITIVE_INFINITY;
