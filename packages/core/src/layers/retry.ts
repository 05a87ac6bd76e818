import { jitter, pause } from "../engine/call.ts";
import type { CallOptions, Engine, WriteOptions } from "../engine/engine.ts";
import { get, type Key, type WriteOp, type WriteResult } from "../engine/operations.ts";
import { keyOf, type Table } from "../engine/table.ts";
import { isConflict, isStorageError, StorageError } from "../errors.ts";
import { copyError } from "./copy-error.ts";
import { forward, type Layer } from "./stack.ts";

export interface RetryOptions {
  /** How often a call is tried in all. Default 6. */
  readonly tries?: number;
  /** No try starts later than this after the first, in milliseconds. Default 15 seconds. */
  readonly budget?: number;
  /** The first wait is a random part of this, in milliseconds, and doubles each time. Default 25. */
  readonly base?: number;
  /** The longest wait, in milliseconds. Default 2 seconds. */
  readonly cap?: number;
  /** Waits; a test may give its own. */
  readonly pause?: (ms: number, options: CallOptions) => Promise<void>;
  readonly now?: () => number;
}

/**
 * Tries again what is safe to try again, with full jitter:
 *
 * - any call that failed as `temporary`: by contract nothing of it was applied
 * - a write whose outcome is unknown, when doing it twice is doing it once (upserts, skips, removals and plain patches, all
 *   without expectations), or when a record that it would have changed still stands as it expected. A refusal of such a
 *   second try may be its own first one's doing, and is raised as `unknown_outcome`: never guessed
 *
 * Everything else is final at once. An error that is raised after tries is marked `exhausted`, so that retries further out
 * leave it alone. Put it directly around the engine: there a repetition repeats one request, not a whole plan.
 */
export function retry(options: RetryOptions = {}): Layer {
  const settings = { tries: 6, budget: 15_000, base: 25, cap: 2_000, pause, now: Date.now, ...options };
  return (inner) =>
    forward(inner, {
      converge: (tables, call) => repeat(() => inner.converge(tables, call), call, settings),
      read: ((ops, call) => repeat(() => inner.read(ops, call), call, settings)) as Engine["read"],
      removeRange: (op, call) => repeat(() => inner.removeRange(op, call), call, settings),
      write: (ops, call) => repeat(writing(inner, ops, call, settings), call, settings),
    });
}

type Settings = Required<RetryOptions>;

async function repeat<Result>(
  attempt: () => Promise<Result>,
  call: CallOptions = {},
  settings: Settings,
): Promise<Result> {
  const started = settings.now();
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isStorageError(error) || error.retry !== "temporary") throw error;
      const wait = jitter(tries - 1, settings.base, settings.cap);
      const next = settings.now() + wait;
      const last = Math.min(started + settings.budget, call.deadline ?? Number.POSITIVE_INFINITY);
      if (tries >= settings.tries || next > last) throw copyError(error, "exhausted");
      await settings.pause(wait, call);
    }
  }
}

/** One write with what it remembers between its tries. */
function writing(
  inner: Engine,
  ops: readonly WriteOp[],
  call: WriteOptions | undefined,
  settings: Settings,
): () => Promise<WriteResult[]> {
  let isUnsure = false;
  return async () => {
    try {
      return await inner.write(ops, call);
    } catch (error) {
      if (isUnsure && isConflict(error)) throw unknown(error);
      if (!isStorageError(error) || error.code !== "unknown_outcome") throw error;
      isUnsure = true;
      if (ops.every(isRepeatable)) throw copyError(error, "temporary");
      const ask = () => wasNotApplied(inner, ops, call);
      // A question that cannot be answered leaves the outcome unknown.
      const isSafe = await repeat(ask, call, settings).catch(() => false);
      throw isSafe ? copyError(error, "temporary") : error;
    }
  };
}

/** Whether a second application leaves what the first one left. */
const isRepeatable = (op: WriteOp): boolean => {
  if (op.expect !== undefined || op.op === "check") return false;
  if (op.op === "patch") return Object.keys(op.raise ?? {}).length === 0;
  return op.op === "remove" || op.mode !== "insert";
};

/** Whether a record that the batch would have changed still is what the batch expected it to be. */
async function wasNotApplied(inner: Engine, ops: readonly WriteOp[], call: CallOptions | undefined): Promise<boolean> {
  const guards = ops.flatMap((op) => {
    const rev = guardedRevision(op);
    return rev === undefined ? [] : [{ table: op.table, key: op.op === "put" ? keyOf(op.table, op.row) : op.key, rev }];
  });
  if (guards.length === 0) return false;
  const revisions = await readRevisions(inner, guards, call);
  return guards.some(({ rev }, index) => revisions[index] === rev);
}

/** The revision that a change insists on, 0 for absence; `undefined` when it insists on none. */
function guardedRevision(op: WriteOp): number | undefined {
  if (op.op === "check") return undefined;
  if (op.op === "put" && op.mode === "insert") return 0;
  if (op.expect === "absent") return op.op === "put" ? 0 : undefined;
  return typeof op.expect === "object" ? op.expect.rev : undefined;
}

async function readRevisions(
  inner: Engine,
  records: readonly { readonly table: Table; readonly key: Key }[],
  call: CallOptions | undefined,
): Promise<number[]> {
  const answers = await inner.read(
    records.map(({ table, key }) => get(table, [key], table.key)),
    call,
  );
  return answers.map(({ rows }) => rows[0]?._rev ?? 0);
}

const unknown = (cause: StorageError): StorageError =>
  new StorageError("the write was sent twice and refused; the first may have been applied", {
    code: "unknown_outcome",
    details: cause.details,
    cause,
  });
