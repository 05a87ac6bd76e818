import { context } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import { isStorageError, type MastraCompositeStore, type ObservabilityStorage } from "@stowage/core";
import { Buffer } from "./buffer.ts";
import { type Item, type Kind, kinds, type Signal, signalOf, sizeOf } from "./item.ts";
import type { Spool } from "./spool.ts";

/** Where things are written: a storage object, its observability domain, or something that gives one later. */
export type Target =
  | Pick<MastraCompositeStore, "getStore" | "name">
  | ObservabilityStorage
  | (() => Target | undefined | Promise<Target | undefined>);

export type DropReason = "unsupported-storage" | "retry-exhausted" | "buffer-full" | "shutdown" | "invalid";

/** What was not written, and why. Nothing is lost without one. */
export interface Drop {
  signal: Signal;
  reason: DropReason;
  count: number;
  timestamp: Date;
  error?: { id?: string; domain?: string; message: string };
}

export interface WriterOptions {
  storage: Target;
  /** Items that trigger a flush, and the most in one call. Default 1000. */
  maxBatchSize?: number;
  /** Age of the oldest item that triggers a flush. Default 5000. */
  maxBatchWaitMs?: number;
  /** Items that may wait. Default 10,000. */
  maxBufferSize?: number;
  /** Bytes of one call. Default 8 MiB. */
  maxBatchBytes?: number;
  /** Repetitions after the first try. Default 4. */
  maxRetries?: number;
  /** Wait before the first repetition, doubling. Default 500. */
  retryDelayMs?: number;
  /** Default 30,000. */
  maxRetryDelayMs?: number;
  /** How long `shutdown` tries. Default 10,000. */
  shutdownTimeoutMs?: number;
  /** Where items go that could not be written, until they can be. Default: they are dropped with a report. */
  spool?: Spool;
  onDrop?: (drop: Drop) => void;
}

/** The buffer is full, or closed: these items were not taken. */
export class RefusedError extends Error {
  readonly code: "buffer_full" | "closed";
  readonly count: number;

  constructor(code: RefusedError["code"], count: number) {
    super(code === "closed" ? "the exporter is shut down" : "the buffer is full");
    this.name = "RefusedError";
    this.code = code;
    this.count = count;
  }
}

/**
 * Writes items in batches, one flush at a time. What cannot be written yet is tried again with growing waits, then goes to
 * the spool or is reported as dropped. A record that the storage refuses for itself is found by halving and dropped alone.
 * Delivery is at least once, and storage makes it exactly once, since every record has an id.
 */
export class Writer {
  readonly #options: Required<Omit<WriterOptions, "spool" | "onDrop">> & Pick<WriterOptions, "spool" | "onDrop">;
  readonly #buffer: Buffer;
  /** Operations that the storage does not have. */
  readonly #unsupported = new Set<Kind>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Whether the spool may hold something: what a former process left is not known before it was looked at. */
  #mayBeSpooled: boolean;
  /** Ends waits between tries. */
  readonly #hurry = new AbortController();

  constructor(options: WriterOptions) {
    this.#options = {
      maxBatchSize: 1000,
      maxBatchWaitMs: 5000,
      maxBufferSize: 10_000,
      maxBatchBytes: 8 * 1024 * 1024,
      maxRetries: 4,
      retryDelayMs: 500,
      maxRetryDelayMs: 30_000,
      shutdownTimeoutMs: 10_000,
      ...options,
    };
    this.#buffer = new Buffer(this.#options.maxBufferSize);
    this.#mayBeSpooled = this.#options.spool !== undefined;
    this.#arm();
  }

  /**
   * Takes an item. Never blocks and never throws.
   *
   * @returns why it, or another one for it, was not kept; the drop was reported.
   */
  add(item: Item): RefusedError | undefined {
    if (this.#closing) {
      this.#report([item], "shutdown");
      return new RefusedError("closed", 1);
    }
    const dropped = this.#buffer.add(item);
    if (this.#buffer.size >= this.#options.maxBatchSize) this.#start();
    else this.#arm();
    if (dropped.length === 0) return undefined;
    this.#report(dropped, "buffer-full");
    return new RefusedError("buffer_full", dropped.length);
  }

  /** Resolves when everything taken so far is durable, spooled, or reported as dropped. */
  async flush(): Promise<void> {
    if (this.#mayBeSpooled) await this.#start();
    // A flush under way took its items before this call; what came since needs another.
    while (this.#buffer.size > 0 || this.#flushing) await this.#start();
  }

  /** Takes no more, and flushes for as long as `shutdownTimeoutMs`; what is left is reported. Idempotent. */
  shutdown(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const late = setTimeout(() => this.#hurry.abort(), this.#options.shutdownTimeoutMs);
    await this.flush();
    clearTimeout(late);
    this.#hurry.abort();
    clearTimeout(this.#timer);
    await this.#options.spool?.close();
  }

  #arm(): void {
    if (this.#timer || this.#hurry.signal.aborted || (this.#buffer.size === 0 && !this.#mayBeSpooled)) return;
    const wait = Math.max(0, (this.#buffer.since ?? Date.now()) + this.#options.maxBatchWaitMs - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#start();
    }, wait);
    // A program may end while spans wait; whoever needs them calls flush or shutdown.
    this.#timer.unref?.();
  }

  #start(): Promise<void> {
    this.#flushing ??= context
      .with(suppressTracing(context.active()), () => this.#flushOnce())
      .finally(() => {
        this.#flushing = undefined;
        if (this.#buffer.size >= this.#options.maxBatchSize && !this.#hurry.signal.aborted) this.#start();
        else this.#arm();
      });
    return this.#flushing;
  }

  async #flushOnce(): Promise<void> {
    const items = this.#buffer.take();
    for (const kind of kinds) {
      const ofKind = items.filter((item) => item.kind === kind);
      for (const batch of this.#batches(ofKind)) await this.#deliver(kind, batch);
    }
    await this.#replay();
  }

  *#batches(items: Item[]): Generator<Item[]> {
    const { maxBatchSize, maxBatchBytes } = this.#options;
    let batch: Item[] = [];
    let bytes = 0;
    for (const item of items) {
      const size = sizeOf(item);
      if (batch.length >= maxBatchSize || (batch.length > 0 && bytes + size > maxBatchBytes)) {
        yield batch;
        [batch, bytes] = [[], 0];
      }
      batch.push(item);
      bytes += size;
    }
    if (batch.length > 0) yield batch;
  }

  async #deliver(kind: Kind, batch: Item[]): Promise<void> {
    if (this.#unsupported.has(kind)) return this.#report(batch, "unsupported-storage");
    const failure = await this.#tryAll(kind, batch);
    if (!failure) return;
    if (isNotImplemented(failure)) {
      this.#unsupported.add(kind);
      return this.#report(batch, "unsupported-storage", failure);
    }
    if (isCallers(failure)) {
      if (batch.length === 1) return this.#report(batch, "invalid", failure);
      const middle = batch.length >> 1;
      await this.#deliver(kind, batch.slice(0, middle));
      return this.#deliver(kind, batch.slice(middle));
    }
    const { spool } = this.#options;
    // A disk that fails must not reach the traced program.
    const rest = spool ? await spool.put(batch).catch(() => batch) : batch;
    if (spool) this.#mayBeSpooled = true;
    if (rest.length > 0) this.#report(rest, this.#hurry.signal.aborted ? "shutdown" : "retry-exhausted", failure);
  }

  /** Writes a batch, repeating it while that makes sense. Returns the last failure. */
  async #tryAll(kind: Kind, batch: Item[]): Promise<unknown> {
    const { maxRetries, retryDelayMs, maxRetryDelayMs } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#write(kind, batch);
        return undefined;
      } catch (error) {
        if (isNotImplemented(error) || isCallers(error) || attempt >= maxRetries || this.#hurry.signal.aborted)
          return error;
        const delay = Math.min(retryDelayMs * 2 ** attempt, maxRetryDelayMs);
        await this.#wait(delay * (0.75 + Math.random() / 2));
      }
    }
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#hurry.signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#hurry.signal.addEventListener("abort", done, { once: true });
    });
  }

  /** Puts back what went to the spool, as long as the storage takes it. */
  async #replay(): Promise<void> {
    const { spool } = this.#options;
    if (!spool || this.#hurry.signal.aborted) return;
    const replayed = spool.drain(async (items) => {
      for (const kind of kinds) {
        const ofKind = items.filter((item) => item.kind === kind);
        for (const batch of this.#batches(ofKind)) if (!(await this.#writeAgain(kind, batch))) return false;
      }
      return true;
    });
    if (await replayed.catch(() => false)) this.#mayBeSpooled = false;
  }

  /** Whether the storage took the batch, or refused what of it cannot ever be taken. */
  async #writeAgain(kind: Kind, batch: Item[]): Promise<boolean> {
    try {
      await this.#write(kind, batch);
      return true;
    } catch (error) {
      if (!isCallers(error) && !isNotImplemented(error)) return false;
      if (batch.length === 1) {
        this.#report(batch, "invalid", error);
        return true;
      }
      for (const item of batch) if (!(await this.#writeAgain(kind, [item]))) return false;
      return true;
    }
  }

  async #write(kind: Kind, batch: Item[]): Promise<void> {
    const store = await domainOf(this.#options.storage);
    const records = batch.map(({ record }) => record) as never[];
    if (kind === "create") await store.batchCreateSpans({ records });
    else if (kind === "update") await store.batchUpdateSpans({ records });
    else if (kind === "log") await store.batchCreateLogs({ logs: records });
    else if (kind === "metric") await store.batchCreateMetrics({ metrics: records });
    else if (kind === "score") await store.batchCreateScores({ scores: records });
    else await store.batchCreateFeedback({ feedbacks: records });
  }

  #report(items: Item[], reason: DropReason, error?: unknown): void {
    const counts = Map.groupBy(items, ({ kind }) => signalOf(kind));
    for (const [signal, { length }] of counts) {
      const { id, domain, message } = (error ?? {}) as { id?: string; domain?: string; message?: string };
      const told = message === undefined ? {} : { error: { ...(id && { id }), ...(domain && { domain }), message } };
      try {
        this.#options.onDrop?.({ signal, reason, count: length, timestamp: new Date(), ...told });
      } catch {
        // A listener's failure must not reach the traced program.
      }
    }
  }
}

async function domainOf(target: Target): Promise<ObservabilityStorage> {
  let found: Target | undefined = target;
  while (typeof found === "function") found = await found();
  const store = found && "getStore" in found ? await found.getStore("observability") : found;
  if (!store) throw new Error("the storage has no observability domain, or none yet");
  return store as ObservabilityStorage;
}

const isNotImplemented = (error: unknown) => /_NOT_IMPLEMENTED$/.test(String((error as { id?: unknown })?.id ?? ""));

/** Whether the records are at fault. A conflict between writers is not theirs. */
const isCallers = (error: unknown) =>
  isStorageError(error)
    ? error.category === "USER" && error.code !== "conflict"
    : (error as { category?: unknown })?.category === "USER";
