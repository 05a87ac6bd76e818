import { checkBatch } from "../engine/batch.ts";
import { pause, turn } from "../engine/call.ts";
import type { Capabilities } from "../engine/capabilities.ts";
import { type Clock, systemClock } from "../engine/clock.ts";
import type { CallOptions, Engine, WriteOptions } from "../engine/engine.ts";
import { checkAtomicLimit, checkValues } from "../engine/limits.ts";
import { get, insert, type ReadOp, remove, upsert, type WriteOp, type WriteResult } from "../engine/operations.ts";
import type { Row } from "../engine/table.ts";
import { isConflict, isStorageError, StorageError } from "../errors.ts";
import { claims } from "./batches/claims.ts";
import {
  type Entry,
  idleRow,
  type JournalRow,
  journalTable,
  nextEntry,
  pendingRow,
  readEntry,
  readHead,
  remembered,
} from "./batches/journal-record.ts";
import { Mutex } from "./batches/locks.ts";
import { lookUp } from "./batches/look-up.ts";
import { type Effect, planBatch } from "./batches/plan.ts";
import { removeWalk } from "./batches/remove-walk.ts";
import { forward, type Layer } from "./stack.ts";

export interface JournalOptions {
  readonly clock?: Clock;
  /** The largest batch. Default: 200 records, and half of the largest value of the engine. */
  readonly atomicLimit?: Capabilities["atomicLimit"];
  /** How many records of a batch are written at the same time, for an engine that joins such writes. Default 1. */
  readonly atOnce?: number;
}

/**
 * Batches for an engine that can only compare and swap single records: the level `journal`. A batch is worked out first and
 * written, whole, into the journal record; from there on it has happened. Then its records are written one by one, and the
 * journal is cleared. Whoever finds a batch in the journal, reader or writer, of this process or another, finishes it before
 * he goes on; a reader looks at the journal in his own request, before and after what he reads.
 *
 * Writes are serial, also of single records: one read, the journal, the records, the clearing. Unique keys are kept by claim
 * records. A finisher who is frozen between two requests for as long as it takes others to finish the batch, remove a record
 * that it made, and clear the journal, may make that record again: no database of this kind can be told otherwise.
 *
 * Belongs around `retry`: `stack(engine, [retry(), journal()])`.
 */
export function journal(options: JournalOptions = {}): Layer {
  return (inner) => {
    const book = new Journal(inner, options.clock ?? systemClock(), options.atOnce ?? 1);
    const half = Math.floor(inner.capabilities.maxValueBytes / 2);
    const atomicLimit = Object.freeze(options.atomicLimit ?? { records: 200, bytes: half });
    const capabilities: Capabilities = Object.freeze({
      ...inner.capabilities,
      atomicity: "journal",
      atomicLimit,
      // A value goes through the journal with the rest of its row.
      maxValueBytes: atomicLimit.bytes - Math.min(65_536, Math.floor(atomicLimit.bytes / 8)),
    });
    const engine: Engine = forward(inner, {
      capabilities,
      converge: (tables, call) => inner.converge([...new Set([...tables, journalTable, claims])], call),
      read: ((ops, call) => book.read(ops, call)) as Engine["read"],
      write: async (ops, call) => {
        checkBatch(ops, call);
        if (ops.length === 0) return [];
        checkValues(ops, capabilities);
        if (call?.atomic !== false) {
          checkAtomicLimit(ops, capabilities);
          return book.write(ops, call);
        }
        // Rows that nobody reads need no journal, but their claims do.
        const plain = ops.filter((op) => op.table.unique.length === 0);
        const claiming = ops.filter((op) => op.table.unique.length > 0);
        if (plain.length > 0) await inner.write(plain, call);
        for (let start = 0; start < claiming.length; start += atomicLimit.records) {
          await book.write(claiming.slice(start, start + atomicLimit.records), call);
        }
        return [];
      },
      removeRange: async (op, call) => {
        if (op.path !== undefined) return removeWalk(engine, op as typeof op & { path: string }, call);
        await book.read([], call);
        return inner.removeRange(op, call);
      },
      close: () => book.close(),
    });
    return engine;
  };
}

const journalKey = ["journal"];
const look = get(journalTable, [journalKey]);
/** How often a writer looks for the journal idle. */
const attempts = 100;
/** How often a reader starts again because somebody wrote meanwhile, before he takes what he has. */
const rereads = 5;
/** After this long without a word from the database a finisher asks whether the batch is still his to finish. */
const assuredFor = 1_000;

class Journal {
  private readonly inner: Engine;
  private readonly clock: Clock;
  private readonly atOnce: number;
  private readonly mutex = new Mutex();

  constructor(inner: Engine, clock: Clock, atOnce: number) {
    this.inner = inner;
    this.clock = clock;
    this.atOnce = atOnce;
  }

  async read(ops: readonly ReadOp[], options: CallOptions | undefined): Promise<unknown[]> {
    for (let tries = 1; ; tries++) {
      const answers = (await this.inner.read([look, ...ops, look], options)) as unknown[];
      const [before, after] = [answers[0], answers.at(-1)].map(rowOf);
      const pending = [before, after].find((row) => row?.batch);
      if (pending) {
        await this.finish(pending, await readEntry(pending), options);
        continue;
      }
      if (before?._rev === after?._rev || tries === rereads) return answers.slice(1, -1);
    }
  }

  write(ops: readonly WriteOp[], options: WriteOptions | undefined): Promise<WriteResult[]> {
    const { atomic: _, ...call } = options ?? {};
    return this.mutex.run(async () => {
      for (let tries = 0; tries < attempts; tries++) {
        const start = performance.now();
        const results = await this.tryWrite(ops, call);
        if (results) return results;
        await pause(turn(tries, performance.now() - start), call);
      }
      throw new StorageError("others kept writing to the journal", {
        code: "busy",
        details: { table: ops[0]?.table.name ?? "" },
      });
    });
  }

  close(): Promise<void> {
    return this.mutex.run(() => this.inner.close());
  }

  /** One attempt; `undefined` when somebody else wrote first. */
  private async tryWrite(ops: readonly WriteOp[], call: CallOptions): Promise<WriteResult[] | undefined> {
    const { rows, owners, claimRevisions, beside } = await lookUp(this.inner, ops, look, call);
    const [idle, later] = beside.map(rowOf);
    const pending = [idle, later].find((row) => row?.batch);
    if (pending) {
      await this.finish(pending, await readEntry(pending), call);
      return undefined;
    }
    if (idle?._rev !== later?._rev) return undefined;

    const plan = planBatch(ops, rows, owners);
    const effects = [...plan.effects, ...claimEffects(plan.claims, claimRevisions)];
    const resultsWith = (revisions: readonly number[]): WriteResult[] =>
      plan.outcomes.map(({ outcome, rev, effect }) => ({
        outcome,
        rev: effect === undefined ? rev : (revisions[effect] as number),
      }));
    if (effects.length === 0) return resultsWith([]);

    const entry = nextEntry(idle && readHead(idle), this.clock.id(), effects);
    const row = await this.checkedRow(entry, ops);
    const posted = await this.post(entry, row, idle, call);
    if (posted === "refused") return undefined;
    if (posted === "finished") return resultsWith(effects.map(unknownRevision));
    // From here on the batch has happened, and the bounds of the call no longer count.
    try {
      return resultsWith(await this.finish(posted, entry, undefined));
    } catch (cause) {
      throw new StorageError("the batch is in the journal, and will be applied by whoever comes next", {
        code: "unknown_outcome",
        ...(isStorageError(cause) && { details: cause.details }),
        cause,
      });
    }
  }

  /** Puts a batch into the idle journal, unless somebody else was first. */
  private async post(
    entry: Entry,
    row: Row<typeof journalTable>,
    idle: JournalRow | undefined,
    call: CallOptions,
  ): Promise<JournalRow | "refused" | "finished"> {
    const write = idle ? upsert(journalTable, row, { expect: { rev: idle._rev } }) : insert(journalTable, row);
    try {
      const [result] = await this.inner.write([write], call);
      return { ...row, _rev: result?.rev as number };
    } catch (error) {
      if (isConflict(error)) return "refused";
      if (!isStorageError(error) || error.code !== "unknown_outcome") throw error;
      const [now] = (await this.inner.read([look]).catch(() => Promise.reject(error))).map(rowOf);
      if (now?._rev === idle?._rev) return "refused";
      const recent = now ? readHead(now).recent : [];
      if (now?.batch && recent.at(-1) === entry.id) return now;
      if (recent.includes(entry.id)) return "finished";
      if (recent.length < remembered || recent.includes(entry.recent.at(-2) ?? "")) return "refused";
      throw error;
    }
  }

  /**
   * Applies what is left of a batch, then clears the journal.
   *
   * @returns the revision of each record; of those that somebody else has written, one that no reader can expect.
   */
  private async finish(posted: JournalRow, entry: Entry, call: CallOptions | undefined): Promise<number[]> {
    const revisions: number[] = [];
    let assured = this.clock.now();
    for (let start = 0; start < entry.effects.length; start += this.atOnce) {
      if (this.clock.now() - assured > assuredFor) {
        const [now] = (await this.inner.read([look], call)).map(rowOf);
        if (now?._rev !== posted._rev)
          return entry.effects.map((each, index) => revisions[index] ?? unknownRevision(each));
      }
      const sent = this.clock.now();
      const part = entry.effects.slice(start, start + this.atOnce);
      const written = await settled(part.map((effect) => this.apply(effect, call)));
      // Somebody else is at it: he may be done, and others may have written since.
      assured = written.includes(undefined) ? Number.NEGATIVE_INFINITY : sent;
      revisions.push(...part.map((effect, index) => written[index] ?? unknownRevision(effect)));
    }
    await this.clear(posted, entry, call);
    return revisions;
  }

  /** Writes one record. @returns its revision; `undefined` when somebody else had written it. */
  private async apply(effect: Effect, call: CallOptions | undefined): Promise<number | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        const [result] = await this.inner.write([toWrite(effect)], call);
        return result?.rev;
      } catch (error) {
        if (isConflict(error)) return undefined;
        if (!isStorageError(error) || error.code !== "unknown_outcome" || tries === 5) throw error;
        const [{ rows }] = await this.inner.read([get(effect.table, [effect.key], effect.table.key)], call);
        if ((rows[0]?._rev ?? 0) !== effect.rev) return undefined;
      }
    }
  }

  private async clear(posted: JournalRow, entry: Entry, call: CallOptions | undefined): Promise<void> {
    try {
      await this.inner.write([upsert(journalTable, idleRow(entry), { expect: { rev: posted._rev } })], call);
    } catch (error) {
      // Somebody else has cleared it, or will.
      if (!isConflict(error) && !(isStorageError(error) && error.code === "unknown_outcome")) throw error;
    }
  }

  /** The journal record for a batch. @throws StorageError `too_large` when the engine does not take it. */
  private async checkedRow(entry: Entry, ops: readonly WriteOp[]): Promise<Row<typeof journalTable>> {
    const limit = this.inner.capabilities.maxValueBytes;
    const row = await pendingRow(entry, Math.floor(limit / 3));
    if ((row.batch as string).length <= limit) return row;
    throw new StorageError("the batch does not fit into the journal", {
      code: "too_large",
      details: { table: ops[0]?.table.name ?? "", limit },
    });
  }
}

/** What all of them give, once none is under way any more. */
async function settled<Result>(calls: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

const rowOf = (answer: unknown): JournalRow | undefined => (answer as { rows: (JournalRow | undefined)[] }).rows[0];

/** No record has had it: revisions come from a clock in microseconds. A write that expects it is refused and reads again. */
const unknownRevision = ({ row }: Effect): number => (row ? 1 : 0);

function toWrite({ table, key, rev, row }: Effect): WriteOp {
  if (!row) return remove(table, key, { rev });
  return rev === 0 ? insert(table, row as Row) : upsert(table, row as Row, { expect: { rev } });
}

/** Claims are records like others. One that is given up and does not exist needs no effect. */
const claimEffects = (
  changed: ReadonlyMap<string, string | undefined>,
  revisions: ReadonlyMap<string, number>,
): Effect[] =>
  [...changed].flatMap(([id, owner]) => {
    const rev = revisions.get(id) ?? 0;
    if (owner === undefined && rev === 0) return [];
    return [{ table: claims, key: [id], rev, row: owner === undefined ? undefined : { id, owner } }];
  });
