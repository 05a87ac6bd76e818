import { checkCall } from "../engine/call.ts";
import type { Capabilities } from "../engine/capabilities.ts";
import type { Engine, WriteOptions } from "../engine/engine.ts";
import { encodeTuple } from "../engine/keys.ts";
import type { WriteOp, WriteResult } from "../engine/operations.ts";
import { keyOf } from "../engine/table.ts";
import { type ErrorCode, isStorageError } from "../errors.ts";
import { copyError } from "./copy-error.ts";
import { forward, type Layer } from "./stack.ts";

/**
 * Joins the atomic batches of callers that write at the same time: while one write is under way, those that come wait and
 * then go together as one batch, acknowledged after its commit. A caller who finds the engine idle waits for nobody.
 *
 * - Batches keep the order in which they came. What does not fit beside the others within `atomicLimit`, or touches a
 *   record that one of them changes, begins the next write.
 * - When a joined batch is refused, each of its members is written on its own, so that every caller gets his own outcome.
 * - The bulk form passes through at once.
 *
 * For engines with one writer, where a commit costs more than what is in it. `retry` belongs below:
 * `stack(engine, [retry(), groupCommit()])` repeats the joined write.
 */
export function groupCommit(): Layer {
  return (inner) => {
    const queue = new CommitQueue(inner);
    return forward(inner, {
      write: (ops, options) =>
        options?.atomic === false || ops.length === 0 ? inner.write(ops, options) : queue.write(ops, options),
      close: async () => {
        await queue.drained();
        await inner.close();
      },
    });
  };
}

interface Member {
  readonly ops: readonly WriteOp[];
  readonly options: WriteOptions | undefined;
  /** Records the batch names, and whether it changes them. */
  readonly records: ReadonlyMap<string, boolean>;
  /** Never less than what the values take. */
  readonly bytes: number;
  resolve(results: WriteResult[]): void;
  reject(error: unknown): void;
}

class CommitQueue {
  private readonly inner: Engine;
  private waiting: Member[] = [];
  private running: Promise<void> | undefined;

  constructor(inner: Engine) {
    this.inner = inner;
  }

  write(ops: readonly WriteOp[], options: WriteOptions | undefined): Promise<WriteResult[]> {
    if (!this.running) {
      const call = this.inner.write(ops, options);
      this.running = call.then(ignore, ignore).then(() => this.next());
      return call;
    }
    const { promise, resolve, reject } = Promise.withResolvers<WriteResult[]>();
    const member = { ops, options, records: recordsOf(ops), bytes: bytesOf(ops), resolve, reject };
    this.waiting.push(member);
    const giveUp = () => this.giveUp(member);
    options?.signal?.addEventListener("abort", giveUp);
    return promise.finally(() => options?.signal?.removeEventListener("abort", giveUp));
  }

  /** Settles when nothing is under way and nobody waits. */
  async drained(): Promise<void> {
    while (this.running) await this.running;
  }

  private async next(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = takeGroup(this.waiting, this.inner.capabilities);
      this.waiting = this.waiting.slice(group.length);
      await this.commit(group.filter(isStillWanted));
    }
    this.running = undefined;
  }

  private giveUp(member: Member): void {
    if (!this.waiting.includes(member)) return;
    this.waiting = this.waiting.filter((other) => other !== member);
    isStillWanted(member);
  }

  private async commit(group: readonly Member[]): Promise<void> {
    if (group.length <= 1) return this.commitAlone(group);
    try {
      const results = await this.inner.write(group.flatMap(({ ops }) => ops));
      let start = 0;
      for (const { ops, resolve } of group) resolve(results.slice(start, (start += ops.length)));
    } catch (error) {
      if (isRefusal(error)) return this.commitAlone(group);
      for (const { reject } of group) reject(isStorageError(error) ? copyError(error) : error);
    }
  }

  private async commitAlone(group: readonly Member[]): Promise<void> {
    for (const { ops, options, resolve, reject } of group) await this.inner.write(ops, options).then(resolve, reject);
  }
}

/** The longest beginning of the queue that may go together. */
function takeGroup(queue: readonly Member[], { atomicLimit }: Capabilities): Member[] {
  const group: Member[] = [];
  const together = new Map<string, boolean>();
  let records = 0;
  let bytes = 0;
  for (const member of queue) {
    records += member.ops.length;
    bytes += member.bytes;
    const meets = [...member.records].some(([id, changes]) => together.has(id) && (changes || together.get(id)));
    if (group.length > 0 && (meets || records > atomicLimit.records || bytes > atomicLimit.bytes)) break;
    group.push(member);
    for (const [id, changes] of member.records) together.set(id, changes || (together.get(id) ?? false));
  }
  return group;
}

/** Whether the caller still waits; rejects the call otherwise. */
function isStillWanted({ options, reject }: Member): boolean {
  try {
    checkCall(options);
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}

function recordsOf(ops: readonly WriteOp[]): Map<string, boolean> {
  const records = new Map<string, boolean>();
  for (const op of ops) {
    const id = `${op.table.name}/${encodeTuple(op.op === "put" ? keyOf(op.table, op.row) : op.key)}`;
    records.set(id, op.op !== "check" || (records.get(id) ?? false));
  }
  return records;
}

/** At most three bytes for a character of text, and some for everything else. */
function bytesOf(ops: readonly WriteOp[]): number {
  let bytes = 0;
  for (const op of ops) {
    bytes += 64;
    const values = op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {};
    for (const value of Object.values(values)) bytes += typeof value === "string" ? value.length * 3 + 8 : 16;
  }
  return bytes;
}

const refusals = new Set<ErrorCode>(["conflict", "too_large", "invalid_argument", "unsupported", "schema"]);

/** Whether the engine has refused the batch for what is in it: nothing was written, and one member may be the reason. */
const isRefusal = (error: unknown): boolean =>
  isStorageError(error) ? refusals.has(error.code) : error instanceof TypeError;

const ignore = () => {};
