import { type Engine, find, type ReadOp, remove, StorageError, type Table, type WriteOp } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";

/** What a storage object asked of its engine. */
export interface Calls {
  readonly reads: (readonly ReadOp[])[];
  readonly writes: (readonly WriteOp[])[];
  /** Number of requests, whatever their kind; going on where an engine stopped scanning is not counted again. */
  count(): number;
  /** Forgets everything so far. */
  clear(): void;
  /** Rows of a table that this storage object has written to, found along a path of the table. */
  rows(table: string, path: string, eq: Record<string, string>): Promise<readonly object[]>;
  /** Removes a row of such a table behind the storage object's back. */
  remove(table: string, key: readonly string[]): Promise<void>;
}

const isContinuation = (op: ReadOp): boolean => op.op === "find" && op.cursor !== undefined;

/** Writes down every call that reaches the engine. */
export function watching(): { calls: Calls; wrap: (engine: Engine) => Engine } {
  let inner: Engine | undefined;
  const tables = new Map<string, Table>();
  const calls = {
    reads: [] as (readonly ReadOp[])[],
    writes: [] as (readonly WriteOp[])[],
    count: () => calls.reads.filter((ops) => !ops.every(isContinuation)).length + calls.writes.length,
    clear() {
      calls.reads.length = 0;
      calls.writes.length = 0;
    },
    async rows(name: string, path: string, eq: Record<string, string>) {
      const table = tables.get(name);
      if (!table || !inner) return [];
      const rows: object[] = [];
      for (let cursor: string | undefined; ; ) {
        const [page] = await inner.read([find(table, { path, eq, ...(cursor !== undefined && { cursor }) })]);
        rows.push(...page.rows);
        if (page.end === "exhausted") return rows;
        cursor = page.cursor;
      }
    },
    async remove(name: string, key: readonly string[]) {
      const table = tables.get(name);
      if (table) await inner?.write([remove(table, key)]);
    },
  };
  const wrap = (engine: Engine) => {
    inner = engine;
    return forward(engine, {
      read: ((ops, options) => {
        calls.reads.push([...ops]);
        return engine.read(ops, options);
      }) as Engine["read"],
      write: (ops, options) => {
        calls.writes.push([...ops]);
        for (const { table } of ops) tables.set(table.name, table);
        return engine.write(ops, options);
      },
    });
  };
  return { calls, wrap };
}

/** Characters of text in the rows that writes carried. */
export const charactersIn = (writes: readonly (readonly WriteOp[])[]): number =>
  writes.flat().reduce((sum, op) => {
    const values = op.op === "put" ? op.row : op.op === "patch" ? op.set : undefined;
    return sum + Object.values(values ?? {}).reduce<number>((all, value) => all + String(value ?? "").length, 0);
  }, 0);

/** An engine with a small limit for atomic batches, which it insists on. */
export const withAtomicLimit =
  (records: number, bytes = 1024 * 1024) =>
  (engine: Engine): Engine => {
    const capabilities = Object.freeze({ ...engine.capabilities, atomicLimit: Object.freeze({ records, bytes }) });
    return forward(engine, {
      get capabilities() {
        return capabilities;
      },
      write: async (ops, options) => {
        if (options?.atomic !== false && ops.length > records) {
          throw new StorageError("the batch is too large", { code: "too_large" });
        }
        return engine.write(ops, options);
      },
    });
  };

/** An engine that answers each operation of a read by itself, with time for others in between. */
export const withoutSnapshots = (engine: Engine): Engine =>
  forward(engine, {
    read: (async (ops: readonly ReadOp[], options) => {
      const answers: unknown[] = [];
      for (const op of ops) {
        await new Promise((resolve) => setImmediate(resolve));
        answers.push((await engine.read([op], options))[0]);
      }
      return answers;
    }) as Engine["read"],
  });

/** As {@link withoutSnapshots}, and `hook.run` is called once, between the first two operations of the next read. */
export const interrupted =
  (hook: { run?: (() => Promise<unknown>) | undefined }) =>
  (engine: Engine): Engine =>
    forward(engine, {
      read: (async (ops: readonly ReadOp[], options) => {
        const answers: unknown[] = [];
        for (const [index, op] of ops.entries()) {
          const { run } = hook;
          if (index === 1 && run) {
            hook.run = undefined;
            await run();
          }
          answers.push((await engine.read([op], options))[0]);
        }
        return answers;
      }) as Engine["read"],
    });

/** An engine that takes a turn of the event loop before each request, so that callers really interleave. */
export const slowly = (engine: Engine): Engine => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return forward(engine, {
    read: (async (ops: readonly ReadOp[], options) => {
      await turn();
      return engine.read(ops, options);
    }) as Engine["read"],
    write: async (ops, options) => {
      await turn();
      return engine.write(ops, options);
    },
  });
};

/** An engine that fails the nth write (from 1), before or after it has taken effect, and every later one when `forever`. */
export const failingWrite =
  (nth: { count: number }, forever = false) =>
  (engine: Engine): Engine =>
    forward(engine, {
      write: async (ops, options) => {
        nth.count--;
        if (nth.count === 0 || (forever && nth.count < 0)) {
          throw new StorageError("the database went away", { code: "internal" });
        }
        return engine.write(ops, options);
      },
    });

/** An engine that lets something else happen just before one of its writes: a race that happens every time. */
export function interrupting(): {
  wrap: (engine: Engine) => Engine;
  /** Runs `action` before the nth write from now (from 1), once. */
  arm(action: () => Promise<unknown>, nth?: number): void;
} {
  let left = 0;
  let next: () => Promise<unknown> = async () => {};
  const wrap = (engine: Engine) =>
    forward(engine, {
      write: async (ops, options) => {
        if (left > 0 && --left === 0) await next();
        return engine.write(ops, options);
      },
    });
  return {
    wrap,
    arm(action, nth = 1) {
      left = nth;
      next = action;
    },
  };
}

/** An engine that gives others time before each of its writes. */
export const unhurried = (engine: Engine): Engine =>
  forward(engine, {
    write: async (ops, options) => {
      for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
      return engine.write(ops, options);
    },
  });

/** An engine that tells no revisions of what it wrote, as a journal that somebody else finishes: 1 is nobody's. */
export const withoutRevisions = (engine: Engine): Engine =>
  forward(engine, {
    write: async (ops, options) =>
      (await engine.write(ops, options)).map(({ outcome, rev }) => ({ outcome, rev: Math.min(rev, 1) })),
  });

/** An engine that pauses its walks after every second row, as one with a scan budget may. */
export const pausing = (engine: Engine): Engine =>
  forward(engine, {
    read: (async (ops: readonly ReadOp[], options) => {
      // Others have their turn at each pause.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const isCut = (op: ReadOp) => op.op === "find" && (op.limit === undefined || op.limit > 2) && !op.offset;
      const answers = await engine.read(
        ops.map((op) => (isCut(op) ? { ...op, limit: 2 } : op) as ReadOp),
        options,
      );
      return answers.map((answer, at) =>
        isCut(ops[at] as ReadOp) && (answer as { end: string }).end === "limit" ? { ...answer, end: "budget" } : answer,
      );
    }) as Engine["read"],
  });
