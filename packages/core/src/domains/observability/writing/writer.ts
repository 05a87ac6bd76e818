import { isStorageError, StorageError } from "../../../errors.ts";
import type { Incoming } from "../spans/incoming.ts";
import type { SpanCommitter } from "./committer.ts";

interface Job {
  readonly items: readonly Incoming[];
  readonly records: number;
  readonly bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Collects calls. While a batch is being written the calls that arrive wait and become the next one, so that many concurrent
 * small calls cost few batches; when nothing is under way a call starts at once. Calls take effect in the order they were
 * made. Each caller learns what became of its own spans: when a shared batch is refused, its calls are written one by one.
 */
export class SpanWriter {
  private readonly queue: Job[] = [];
  private isRunning = false;
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
      this.queue.push({ items, records: items.length + traces.size, bytes, resolve, reject });
      if (this.isRunning) return;
      this.isRunning = true;
      // Calls made in the same tick belong together.
      queueMicrotask(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      await this.run(this.take());
      await this.afterBatch();
    }
    this.isRunning = false;
  }

  /** The calls at the head of the queue that fit one batch; a call that does not is taken alone. */
  private take(): Job[] {
    let records = 0;
    let bytes = 0;
    let count = 0;
    for (const job of this.queue) {
      records += job.records;
      bytes += job.bytes;
      if (count > 0 && !this.committer.fits(records, bytes)) break;
      count++;
    }
    return this.queue.splice(0, count);
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
