import { keyOfOp } from "../engine/apply.ts";
import { checkBatch } from "../engine/batch.ts";
import type { Capabilities } from "../engine/capabilities.ts";
import type { CallOptions, Engine, WriteOptions } from "../engine/engine.ts";
import { checkAtomicLimit } from "../engine/limits.ts";
import { get, remove, upsert, type WriteOp, type WriteResult } from "../engine/operations.ts";
import type { Row, Table } from "../engine/table.ts";
import { isStorageError, StorageError } from "../errors.ts";
import { claims } from "./batches/claims.ts";
import { ReadWriteLock } from "./batches/locks.ts";
import { lookUp } from "./batches/look-up.ts";
import { type Effect, type Plan, planBatch, recordId } from "./batches/plan.ts";
import { removeWalk } from "./batches/remove-walk.ts";
import { forward, type Layer } from "./stack.ts";

export interface ProcessLevelOptions {
  /** The largest batch. Default: 500 records, and 1 MiB beside the largest value. */
  readonly atomicLimit?: Capabilities["atomicLimit"];
  /**
   * Whether rows of one table that the engine writes in one request are seen together. The rows of the last record's table
   * then go with it. Default `false`.
   */
  readonly tablesAtOnce?: boolean;
  /** Whether writes of different records may go beside each other. Default `false`. */
  readonly besideEachOther?: boolean;
  /** The revisions that the engine gave to the operations of a bulk write, by that very list: they need not be read then. */
  readonly revisionsOf?: (ops: readonly WriteOp[]) => readonly number[] | undefined;
  /** Told all that a batch changes before any of it is written; what it throws refuses the batch. */
  readonly permit?: (changes: readonly RowChange[]) => void;
}

/** What a batch does to one record: it is made, replaced or removed. */
export interface RowChange {
  readonly table: Table;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/**
 * Batches for an engine that has the bulk form only and no compare-and-swap at all: the level `process`. One write of a record
 * at a time in this process: it reads the records, tests what the batch expects, and writes the rows; the last changed record, which
 * by convention publishes the others, in a request of its own. Readers of this process see a batch whole or not at all.
 *
 * Between processes the last write wins, and `compareAndSwap` says so. A process that is killed may leave the first part of
 * a batch; nothing refers to it as long as the record that publishes comes last. Unique keys are kept by claim records.
 */
export function processLevel(options: ProcessLevelOptions = {}): Layer {
  return (inner) => {
    const lock = new ReadWriteLock();
    const { maxValueBytes } = inner.capabilities;
    const atomicLimit = Object.freeze(options.atomicLimit ?? { records: 500, bytes: maxValueBytes + 1_048_576 });
    const capabilities: Capabilities = Object.freeze({
      ...inner.capabilities,
      atomicity: "process",
      compareAndSwap: false,
      atomicLimit,
    });
    const engine: Engine = forward(inner, {
      capabilities,
      converge: (tables, call) => inner.converge(tables.includes(claims) ? tables : [...tables, claims], call),
      read: ((ops, call) => lock.read(() => inner.read(ops, call))) as Engine["read"],
      write: async (ops, call) => {
        checkBatch(ops, call);
        if (ops.length === 0) return [];
        const hasUnique = ops.some((op) => op.table.unique.length > 0);
        // Who else holds a unique value is known only after a look.
        const changes = options.besideEachOther && !hasUnique ? changesOf(ops) : undefined;
        if (call?.atomic !== false) {
          checkAtomicLimit(ops, capabilities);
          return lock.write(() => writeInParts(inner, ops, options, call), changes);
        }
        if (!hasUnique) return lock.write(() => inner.write(ops, call), changes);
        for (let start = 0; start < ops.length; start += atomicLimit.records) {
          await lock.write(() => writeInParts(inner, ops.slice(start, start + atomicLimit.records), options, call));
        }
        return [];
      },
      removeRange: (op, call) =>
        op.path === undefined
          ? lock.write(() => inner.removeRange(op, call))
          : removeWalk(engine, op as typeof op & { path: string }, call),
      close: () => lock.write(() => inner.close()),
    });
    return engine;
  };
}

/** The records that operations name, worked out when first asked for. */
function changesOf(ops: readonly WriteOp[]): () => ReadonlySet<string> {
  let records: ReadonlySet<string> | undefined;
  return () => {
    records ??= new Set(ops.map((op) => recordId(op.table, keyOfOp(op))));
    return records;
  };
}

async function writeInParts(
  inner: Engine,
  ops: readonly WriteOp[],
  { tablesAtOnce = false, revisionsOf, permit }: ProcessLevelOptions,
  options: WriteOptions | undefined,
): Promise<WriteResult[]> {
  const { atomic: _, ...call } = options ?? {};
  const { rows, owners } = await lookUp(inner, ops, undefined, call);
  const plan = planBatch(ops, rows, owners);
  permit?.(changesIn(plan, rows));
  const parts = partsOf(plan, tablesAtOnce);
  for (const [index, part] of parts.entries()) {
    // Once a part is written the call is past the point of return: its signal and deadline no longer count.
    await inner.write(part.writes, { ...(index === 0 && call), atomic: false }).catch((error: unknown) => {
      throw index === 0 ? error : halfWritten(error);
    });
  }
  const revisions =
    drawnRevisions(parts, revisionsOf) ??
    (await readRevisions(inner, plan.effects, parts.length > 0 ? undefined : call));
  return plan.outcomes.map(({ outcome, rev, effect }) => ({
    outcome,
    rev: effect === undefined ? rev : (revisions.get(plan.effects[effect] as Effect) ?? 0),
  }));
}

/** What is changed, claims included. */
function changesIn({ effects, outcomes, claims: changed }: Plan, rows: readonly (Row | undefined)[]): RowChange[] {
  const records = outcomes.flatMap(({ effect }, index) => {
    const { table, row } = effects[effect ?? -1] ?? {};
    return table ? [{ table, before: rows[index], after: row as Row | undefined }] : [];
  });
  const ofClaims = [...changed].map(([id, owner]) => ({
    table: claims,
    before: owner === undefined ? { id, owner: "" } : undefined,
    after: owner === undefined ? undefined : { id, owner },
  }));
  return [...records, ...ofClaims];
}

/** A write, and the effect behind it unless it is about a claim. */
interface Step {
  readonly write: WriteOp;
  readonly effect?: Effect;
}

/**
 * What to write one after the other: claims and all records but those of the end; these; then the claims that were given up.
 * The end is the last record, with `tablesAtOnce` all those of its table.
 */
function partsOf({ effects, claims: changed }: Plan, tablesAtOnce: boolean): Part[] {
  const taken: Step[] = [];
  const given: Step[] = [];
  for (const [id, owner] of changed) {
    if (owner === undefined) given.push({ write: remove(claims, [id]) });
    else taken.push({ write: upsert(claims, { id, owner }) });
  }
  const steps = effects.map((effect): Step => ({ write: toWrite(effect), effect }));
  const last = effects.at(-1);
  const isLast = ({ effect }: Step) => (tablesAtOnce ? effect?.table === last?.table : effect === last);
  const before = steps.filter((step) => !isLast(step));
  return [[...taken, ...before], steps.filter(isLast), given]
    .filter((part) => part.length > 0)
    .map((part) => ({ writes: part.map(({ write }) => write), effects: part.map(({ effect }) => effect) }));
}

/** What goes in one request. */
interface Part {
  readonly writes: readonly WriteOp[];
  readonly effects: readonly (Effect | undefined)[];
}

const toWrite = ({ table, key, row }: Effect): WriteOp => (row ? upsert(table, row as Row) : remove(table, key));

/** The revisions of the written records, where the engine tells all of them; those of removed ones are 0. */
function drawnRevisions(
  parts: readonly Part[],
  revisionsOf: ProcessLevelOptions["revisionsOf"],
): ReadonlyMap<Effect, number> | undefined {
  const revisions = new Map<Effect, number>();
  for (const { writes, effects } of parts) {
    const drawn = revisionsOf?.(writes);
    if (!drawn) return undefined;
    for (const [index, effect] of effects.entries()) {
      if (effect) revisions.set(effect, effect.row ? (drawn[index] as number) : 0);
    }
  }
  return revisions;
}

/** The engine draws revisions by itself and its bulk form does not tell them. */
async function readRevisions(
  inner: Engine,
  effects: readonly Effect[],
  options: CallOptions | undefined,
): Promise<ReadonlyMap<Effect, number>> {
  if (effects.length === 0) return new Map();
  const answers = await inner
    .read(
      effects.map(({ table, key }) => get(table, [key], table.key)),
      options,
    )
    .catch((error: unknown) => {
      throw halfWritten(error);
    });
  return new Map(answers.map(({ rows }, index) => [effects[index] as Effect, rows[0]?._rev ?? 0]));
}

const halfWritten = (cause: unknown): StorageError =>
  new StorageError("the batch may have been written in part", {
    code: "unknown_outcome",
    ...(isStorageError(cause) && { details: cause.details }),
    cause,
  });
