import {
  type Clock,
  ConflictError,
  describeKey,
  jitter,
  judgeOp,
  keyOfOp,
  pause,
  StorageError,
  type Table,
  turn,
  type WriteOp,
  type WriteResult,
} from "@stowage/core/engine";
import type { ClientSession, Document } from "mongodb";
import {
  hasLabel,
  isDuplicate,
  isTransient,
  mayBeApplied,
  translate,
  translateWrite,
  unknownOutcome,
} from "./errors.ts";
import { numberOf, revision } from "./mapping.ts";
import { keepTransient, Missed, missedBy, NotUnderstood, uniqueKeyIn } from "./missed.ts";
import { collectionOf, inSnapshot, type Reach, readOptions, writeOptions } from "./reading.ts";
import { planSteps, type States, type Step, stateKey } from "./write-plan.ts";
import { writeTogether } from "./write-together.ts";

export interface Writing extends Omit<Reach, "session"> {
  readonly clock: Pick<Clock, "sequence">;
}

/** How often a batch is tried that others get in the way of. */
const attempts = 24;

/**
 * Applies a batch, all or nothing. The first attempt reads nothing: the conditions are part of the requests, and what the
 * server says it changed shows whether all of them held. When one did not, nothing is kept, the records are looked at, and
 * either the batch is refused or it is tried again under the revisions that were found.
 */
export async function writeBatch(writing: Writing, ops: readonly WriteOp[]): Promise<WriteResult[]> {
  let states: States | undefined;
  for (let tries = 0; tries < attempts; tries++) {
    const start = performance.now();
    const steps = planSteps(ops, writing, states);
    if (steps.every(({ model, result }) => !model || result.outcome === "checked")) {
      const found = states ?? (await judged(writing, ops));
      return steps.map(({ table, id, result }) => resultOf(table, id, result, found));
    }
    try {
      return await attempt(writing, steps);
    } catch (error) {
      if (error instanceof Missed) {
        states = await judged(writing, ops);
        if (error.unique) {
          const { step, name } = error.unique;
          throw uniqueConflict(ops[step.index] as WriteOp, step.index, name);
        }
      } else if (error instanceof NotUnderstood) continue;
      else if (!isTransient(error)) throw error;
    }
    if (tries > 0) await pause(turn(tries, performance.now() - start), writing.call);
  }
  throw new StorageError("others kept writing to the records of the batch", {
    code: "busy",
    details: { table: ops[0]?.table.name ?? "" },
  });
}

const resultOf = (table: Table, id: string, { outcome, rev }: Step["result"], states: States): WriteResult => ({
  outcome,
  rev: rev ?? states.get(stateKey(table, id)) ?? 0,
});

async function attempt(writing: Writing, steps: readonly Step[]): Promise<WriteResult[]> {
  const isAlone = steps.length === 1 && steps[0]?.look === undefined;
  if (isAlone) return writeSteps(writing, steps, undefined);
  const { connection } = writing;
  if (!connection.hasTransactions) {
    throw new StorageError("a standalone server takes no batches: put the journal layer around this engine", {
      code: "unsupported",
    });
  }
  const session = connection.session("transaction");
  try {
    // Updates meet every later change of their documents without it; what is only looked at needs one moment.
    const isAtSnapshot = steps.some(({ look }) => look) || !connection.lacking.has("bulkWrite at a snapshot");
    session.startTransaction(isAtSnapshot ? { readConcern: { level: "snapshot" } } : {});
    const results = await writeSteps(writing, steps, session);
    await commit(writing, session);
    return results;
  } catch (error) {
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    throw error;
  } finally {
    await session.endSession();
  }
}

/** Commits, and asks again as long as the server's answer is lost: a commit can be repeated. */
async function commit({ call }: Writing, session: ClientSession): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await session.commitTransaction();
    } catch (error) {
      if (isTransient(error)) throw error;
      const isUnknown = hasLabel(error, "UnknownTransactionCommitResult") || mayBeApplied(error);
      if (!isUnknown) throw translate(error);
      if (tries === 5) throw unknownOutcome(error);
      await pause(jitter(tries, 10, 500), call).catch(() => Promise.reject(unknownOutcome(error)));
    }
  }
}

async function writeSteps(
  writing: Writing,
  steps: readonly Step[],
  session: ClientSession | undefined,
): Promise<WriteResult[]> {
  const reach: Reach = { ...writing, session };
  const looked = await look(reach, steps);
  const results = steps.map(({ table, id, result }) => resultOf(table, id, result, looked));
  const groups = groupsOf(steps);
  const { bulkWrite, lacking } = reach.connection;
  if (groups.size > 1 && session && bulkWrite && !lacking.has("bulkWrite")) {
    const sent = [...groups.values()].flat();
    await settle(reach, sent, await writeTogether(reach, bulkWrite, sent), results);
  } else for (const [table, group] of groups) await writeGroup(reach, table, group, results);
  return results;
}

/** The steps of each table: checks before the changes that they may stand beside, then in order. */
function groupsOf(steps: readonly Step[]): Map<Table, Step[]> {
  const groups = new Map<Table, Step[]>();
  for (const isCheck of [true, false]) {
    for (const step of steps) {
      if (!step.model || (step.result.outcome === "checked") !== isCheck) continue;
      groups.set(step.table, [...(groups.get(step.table) ?? []), step]);
    }
  }
  return groups;
}

/** Looks at records whose expectation no request carries. @throws Missed when one is not as expected. */
async function look(reach: Reach, steps: readonly Step[]): Promise<States> {
  const looks = steps.filter(({ look }) => look);
  if (looks.length === 0) return new Map();
  const states = new Map<string, number>();
  for (const [table, group] of Map.groupBy(looks, ({ table }) => table)) {
    await readRevisions(
      reach,
      table,
      group.map(({ id }) => id),
      states,
    ).catch((error) => Promise.reject(keepTransient(error)));
  }
  for (const { table, id, look } of looks) {
    const isThere = (states.get(stateKey(table, id)) ?? 0) > 0;
    if (isThere !== (look === "exists")) throw new Missed();
  }
  return states;
}

/** Sends the requests of one table, and fills in what only the answer tells. */
async function writeGroup(reach: Reach, table: Table, group: readonly Step[], results: WriteResult[]): Promise<void> {
  const collection = await collectionOf(reach, table);
  const areInserts = group.every(({ insert }) => insert);
  const models = group.map(({ model, insert }) => (areInserts ? insert : model) as NonNullable<Step["model"]>);
  const answer = await collection
    .bulkWrite(models, { ...writeOptions(reach.call, reach.session), ordered: true })
    .catch((error) => {
      if (isDuplicate(error)) throw refusalIn(error, group);
      throw reach.session ? keepTransient(error) : translateAlone(error);
    });
  if (areInserts) {
    if (answer.insertedCount !== group.length) throw new Missed();
    return;
  }
  const made = new Set(Object.keys(answer.upsertedIds).map(Number));
  const count = (kind: Step["counts"]) => group.filter(({ counts }) => counts === kind).length;
  const changed = answer.matchedCount + made.size;
  const isComplete =
    changed === count("matched") + count("made") + count("either") && answer.deletedCount === count("removed");
  const isInPlace = group.every(({ counts }, at) => counts === "either" || made.has(at) === (counts === "made"));
  if (!isComplete || !isInPlace) throw new Missed();
  await settle(reach, group, new Set(group.filter((_, at) => made.has(at))), results);
}

/** Fills in what only the answer tells of operations that either make a record or meet one. */
async function settle(
  reach: Reach,
  steps: readonly Step[],
  made: ReadonlySet<Step>,
  results: WriteResult[],
): Promise<void> {
  const skipped: Step[] = [];
  for (const step of steps) {
    if (step.counts !== "either") continue;
    if (made.has(step)) results[step.index] = { outcome: "inserted", rev: step.result.rev as number };
    else if (step.result.outcome === "inserted") skipped.push(step);
  }
  const states = new Map<string, number>();
  for (const [table, group] of Map.groupBy(skipped, ({ table }) => table)) {
    await readRevisions(
      reach,
      table,
      group.map(({ id }) => id),
      states,
    );
  }
  for (const { index, table, id } of skipped)
    results[index] = { outcome: "skipped", rev: states.get(stateKey(table, id)) ?? 0 };
}

function refusalIn(error: unknown, group: readonly Step[]): Missed {
  const { writeErrors, message } = error as { writeErrors?: unknown; message: string };
  const [first] = [writeErrors].flat() as { index?: number; errmsg?: string }[];
  return missedBy(first?.errmsg ?? message, group[first?.index ?? 0]);
}

const translateAlone = (error: unknown): unknown => (isTransient(error) ? error : translateWrite(error));

/** The refusal of an operation by a unique index; `undefined` when it was the key of the record. */
export function uniqueConflictIn(
  text: string,
  table: Table,
  op: WriteOp,
  ops: readonly WriteOp[],
): ConflictError | undefined {
  const unique = uniqueKeyIn(text, table);
  return unique === undefined ? undefined : uniqueConflict(op, ops.indexOf(op), unique);
}

const uniqueConflict = (op: WriteOp, index: number, unique: string): ConflictError =>
  new ConflictError({ index, table: op.table.name, key: describeKey(keyOfOp(op)), reason: "unique", unique });

/** The revisions of the records that a batch names. @throws ConflictError when one is not as its operation expects. */
async function judged(writing: Writing, ops: readonly WriteOp[]): Promise<States> {
  const states = new Map<string, number>();
  const idOf = (op: WriteOp) => writing.mappingOf(op.table).id(keyOfOp(op));
  const groups = Map.groupBy(ops, ({ table }) => table);
  await inSnapshot(
    writing,
    async (session) => {
      for (const [table, group] of groups) await readRevisions({ ...writing, session }, table, group.map(idOf), states);
    },
    { isOneRequest: groups.size === 1 },
  );
  for (const [index, op] of ops.entries()) {
    const rev = states.get(stateKey(op.table, idOf(op))) ?? 0;
    judgeOp(op, index, rev > 0 ? { _rev: rev } : undefined);
  }
  return states;
}

/** Notes the revision of each record, 0 where there is none. */
export async function readRevisions(
  reach: Reach,
  table: Table,
  ids: readonly string[],
  into: Map<string, number>,
): Promise<void> {
  for (const id of ids) into.set(stateKey(table, id), 0);
  const collection = await collectionOf(reach, table);
  const projection = { [revision]: 1 };
  const documents = collection.find<Document>(
    { _id: { $in: [...ids] } },
    { ...readOptions(reach), projection, batchSize: ids.length + 1 },
  );
  for await (const document of documents) {
    into.set(stateKey(table, document._id as string), numberOf(document[revision]));
  }
}
