/** One at a time, in the order of the calls. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(task, task);
    this.last = result.catch(() => {});
    return result;
  }
}

/** What a writer changes, by any names; asked for only beside another writer. Without it the writer is alone. */
type Changes = () => ReadonlySet<string>;

interface Turn {
  readonly isReader: boolean;
  readonly changes: Changes | undefined;
  start?(): void;
}

/**
 * Many readers, or one writer, or several that change different things. Turns come in the order of the calls, so neither
 * readers nor writers starve.
 */
export class ReadWriteLock {
  private readonly running = new Set<Turn>();
  private readonly waiting: Turn[] = [];

  read<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.run({ isReader: true, changes: undefined }, task);
  }

  write<Result>(task: () => Promise<Result>, changes?: Changes): Promise<Result> {
    return this.run({ isReader: false, changes }, task);
  }

  private async run<Result>(turn: Turn, task: () => Promise<Result>): Promise<Result> {
    if (this.waiting.length === 0 && this.mayRun(turn)) this.running.add(turn);
    else {
      await new Promise<void>((resolve) => {
        turn.start = resolve;
        this.waiting.push(turn);
      });
    }
    try {
      return await task();
    } finally {
      this.running.delete(turn);
      this.startWaiting();
    }
  }

  private startWaiting(): void {
    for (let [next] = this.waiting; next && this.mayRun(next); [next] = this.waiting) {
      this.waiting.shift();
      this.running.add(next);
      next.start?.();
    }
  }

  private mayRun(turn: Turn): boolean {
    for (const other of this.running) if (!areCompatible(turn, other)) return false;
    return true;
  }
}

function areCompatible(a: Turn, b: Turn): boolean {
  if (a.isReader || b.isReader) return a.isReader && b.isReader;
  return a.changes !== undefined && b.changes !== undefined && a.changes().isDisjointFrom(b.changes());
}
