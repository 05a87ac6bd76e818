/** One at a time, in the order of the calls. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(task, task);
    this.last = result.catch(() => {});
    return result;
  }
}

/** Many readers or one writer; a waiting writer lets no new reader pass. */
export class ReadWriteLock {
  private readonly writers = new Mutex();
  private writing: Promise<unknown> | undefined;
  private readonly reading = new Set<Promise<unknown>>();

  async read<Result>(task: () => Promise<Result>): Promise<Result> {
    while (this.writing) await this.writing;
    const run = task();
    const settled = run.then(ignore, ignore);
    this.reading.add(settled);
    try {
      return await run;
    } finally {
      this.reading.delete(settled);
    }
  }

  write<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.writers.run(async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.writing = promise;
      try {
        await Promise.all(this.reading);
        return await task();
      } finally {
        this.writing = undefined;
        resolve();
      }
    });
  }
}

const ignore = () => {};
