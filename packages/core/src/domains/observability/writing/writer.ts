import { isStorageError, StorageError } from "../../../errors.ts";
import type { Incoming } from "../spans/incoming.ts";
import type { SpanCommitter } from "./committer.ts";

interface Job {
  readonly items: readonly Incoming[];
  readonly traces: ReadonlySet<string>;
  readonly records: number;
  readonly bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Most batches under way at a time, each of traces of its own, where an engine does not write one after the other. */
const mostBatches = 3;
/** A batch of so many records does not wait for the one before. */
const largeBatch = 250;

/**
 * Collects calls. While a batch is being written the small calls that arrive wait and become the next one, so that many
 * concurrent ones cost few batches; when nothing is under way a call starts at once. Large batches go beside each other, so
 * that one is made ready while the database works at another. Calls that have a trace in common take effect in the order they
 * were made. Each caller learns what became of its own spans: when a shared batch is refused, its calls are written one by one.
 */
export class SpanWriter {
  private queue: Job[] = [];
  private running = 0;
  private isScheduled = false;
  /** Traces of the batches under way. */
  private readonly busy = new Set<string>();
  /** A batch was once still under way when the event loop came round: the database is elsewhere, and there is time to use. */
  private isElsewhere = false;
  private readonly committer: SpanCommitter;
  private readonly afterBatch: () => Promise<void>;

  constructor(committer: SpanCommitter, afterBatch: () => Promise<void>) {
    this.committer = committer;
    this.afterBatch = afterBatch;
  }

  write(items: readonly Incoming[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    let bytes = 0;
    const traces = new Set<string>();
    for (const item of items) {
      bytes += item.bytes;
      traces.add(item.traceId);
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ items, traces, records: items.length + traces.size, bytes, resolve, reject });
      if (this.isScheduled) return;
      this.isScheduled = true;
      // Calls made in the same tick belong together.
      queueMicrotask(() => {
        this.isScheduled = false;
        this.start();
      });
    });
  }

  private start(): void {
    while (this.running < (this.isElsewhere && !this.committer.isSerial ? mostBatches : 1)) {
      const jobs = this.take();
      if (jobs.length === 0) return;
      void this.runBatch(jobs);
    }
  }

  private async runBatch(jobs: readonly Job[]): Promise<void> {
    this.running++;
    for (const { traces } of jobs) for (const traceId of traces) this.busy.add(traceId);
    const timer = this.isElsewhere ? undefined : setTimeout(() => this.outlasted(), 0);
    await this.run(jobs);
    clearTimeout(timer);
    for (const { traces } of jobs) for (const traceId of traces) this.busy.delete(traceId);
    await this.afterBatch();
    this.running--;
    this.start();
  }

  private outlasted(): void {
    this.isElsewhere = true;
    this.start();
  }

  /**
   * The first calls of the queue that fit one batch, but for those that wait for a trace; a call that fits none is taken alone.
   * Beside another batch only what makes a large one, or as much as fits.
   */
  private take(): Job[] {
    if (this.queue.length <= 1 && this.running === 0) return this.queue.splice(0);
    const taken: Job[] = [];
    const left: Job[] = [];
    const awaited = new Set<string>();
    let records = 0;
    let bytes = 0;
    let isFull = false;
    for (const [position, job] of this.queue.entries()) {
      const waits = [...job.traces].some((traceId) => this.busy.has(traceId) || awaited.has(traceId));
      if (!waits && taken.length > 0 && !this.committer.fits(records + job.records, bytes + job.bytes)) {
        isFull = true;
        left.push(...this.queue.slice(position));
        break;
      }
      if (waits) {
        left.push(job);
        for (const traceId of job.traces) awaited.add(traceId);
        continue;
      }
      taken.push(job);
      records += job.records;
      bytes += job.bytes;
    }
    if (this.running > 0 && !isFull && records < largeBatch) return [];
    this.queue = left;
    return taken;
  }

  private async run(jobs: readonly Job[]): Promise<void> {
    const [first] = jobs;
    try {
      await this.committer.commit(jobs.length === 1 && first ? first.items : jobs.flatMap(({ items }) => items));
      for (const job of jobs) job.resolve();
    } catch (error) {
      if (jobs.length === 1) first?.reject(error);
      else if (isStorageError(error) && error.retry === "permanent") for (const job of jobs) await this.run([job]);
      else for (const job of jobs) job.reject(copyOf(error));
    }
  }
}

/** An error of its own for each caller: the operation's name is written into it on its way out. */
function copyOf(error: unknown): unknown {
  if (!isStorageError(error)) return error;
  const { code, category, domain, details, retry, statusWord, hasFixedId, id, message } = error;
  return new StorageError(message, {
    code,
    category,
    domain,
    details,
    retry,
    status: statusWord,
    ...(hasFixedId && { id }),
    cause: error,
  });
}
