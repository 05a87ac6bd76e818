import type { EngineValue } from "../../engine/column.ts";
import type { Engine } from "../../engine/engine.ts";
import { check, get, type Patch, type Put, patch, upsert, type WriteOp } from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { invalid, isConflict, notFound, type StorageError } from "../../errors.ts";
import { cutAtomically, fitsAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { toInstant } from "../shared/values.ts";
import { listOf, writableKey } from "./arguments.ts";
import { defaultType, readRole, writeContent } from "./message-records.ts";
import { messages, threads } from "./tables.ts";
import type { MastraDBMessage } from "./types.ts";

interface Prepared {
  readonly row: Row<typeof messages>;
  readonly message: MastraDBMessage;
}

const kept = { keep: ["createdAt", "seq"] } as const;

/** Everything of one save, ready to be written: validated and encoded in one pass over the messages. */
export async function saveMessages(context: DomainContext, given: unknown): Promise<{ messages: MastraDBMessage[] }> {
  const list = listOf(given, "messages");
  if (list.length === 0) return { messages: [] };
  const now = context.clock.now();
  const prepared = new Map<string, Prepared>();
  const threadIds = new Set<string>();
  for (let index = 0; index < list.length; index++) {
    const next = prepare(context, list[index], index, now);
    const earlier = prepared.get(next.row.id);
    if (earlier) keepPlace(next, earlier);
    prepared.set(next.row.id, next);
  }
  // The threads come last: they tell of the messages.
  const ops: WriteOp[] = [];
  for (const { row } of prepared.values()) {
    threadIds.add(row.thread_id);
    ops.push(upsert(messages, row, kept));
  }
  const bumps = Array.from(threadIds, (id) => bump(id, now));
  const batch = [...ops, ...bumps];
  if (fitsAtomically(batch, context.engine.capabilities)) await write(context.engine, batch);
  else await saveInRuns(context.engine, ops, bumps);
  return { messages: inOrder(prepared) };
}

/** The thread's `updatedAt` moves on, and the thread must be there: a late save cannot bring a deleted one back. */
const bump = (id: string, now: number): Patch<typeof threads> =>
  patch(threads, [id], { raise: { updatedAt: now }, expect: "exists" });

/**
 * A save that is larger than one batch: messages in order, then the threads. Each run expects its threads, so that nothing is
 * left over when one of them is deleted meanwhile, and the same call may be made again after a crash.
 */
async function saveInRuns(
  engine: Engine,
  upserts: readonly WriteOp[],
  bumps: readonly Patch<typeof threads>[],
): Promise<void> {
  const keys = bumps.map(({ key }) => key);
  const [{ rows }] = await engine.read([get(threads, keys, ["id"])]);
  const missing = keys.find((_, index) => !rows[index]);
  if (missing) throw noSuchThread(missing[0]);
  // A run may name as many threads as it has messages.
  const { records, bytes } = engine.capabilities.atomicLimit;
  const half = { ...engine.capabilities, atomicLimit: { records: Math.floor(records / 2), bytes: bytes / 2 } };
  for (const run of cutAtomically(upserts, half)) {
    const named = new Set(run.map((op) => (op as Put<typeof messages>).row.thread_id));
    await write(engine, [...Array.from(named, (id) => check(threads, [id], "exists")), ...run]);
  }
  for (const run of cutAtomically(bumps, engine.capabilities)) await write(engine, run);
}

/** Writes a batch that may be refused only because a thread is missing. */
async function write(engine: Engine, ops: readonly WriteOp[]): Promise<void> {
  try {
    await engine.write(ops);
  } catch (error) {
    const refused = isConflict(error) ? ops[error.refusal.index] : undefined;
    throw refused && refused.op !== "put" ? noSuchThread(refused.key[0]) : error;
  }
}

const noSuchThread = (id: EngineValue | undefined) =>
  notFound(`thread ${String(id)} not found`, { threadId: String(id) });

function prepare(context: DomainContext, given: unknown, index: number, now: number): Prepared {
  if (typeof given !== "object" || given === null) throw incomplete(index, "", "must be an object");
  const source = given as Partial<Record<keyof MastraDBMessage, unknown>>;
  const id = writableKey(source.id, () => `messages[${index}].id`);
  const threadId = writableKey(source.threadId, () => `messages[${index}].threadId`);
  const resourceId = writableKey(source.resourceId, () => `messages[${index}].resourceId`);
  if (typeof source.role !== "string" || source.role === "") {
    throw incomplete(index, ".role", "must be a non-empty string");
  }
  const role = readRole(source.role);
  const type = source.type ?? defaultType;
  if (typeof type !== "string" || type === "") throw incomplete(index, ".type", "must be a non-empty string");
  const stored = writeContent(source.content, role);
  if (!stored) throw incomplete(index, ".content", "is missing");
  const at = source.createdAt;
  const createdAt = at === undefined || at === null ? new Date(now) : toInstant(at, `messages[${index}].createdAt`);

  const row: Row<typeof messages> = {
    id,
    thread_id: threadId,
    resourceId,
    role,
    type,
    content: stored.text,
    createdAt: createdAt.getTime(),
    seq: context.clock.sequence(),
  };
  const message: MastraDBMessage = { id, threadId, role, createdAt, content: stored.content, resourceId };
  if (type !== defaultType) message.type = type;
  return { row, message };
}

/** The same id again in one call: the later content stands at the earlier place. */
function keepPlace(next: Prepared, earlier: Prepared): void {
  next.row.createdAt = earlier.row.createdAt;
  next.row.seq = earlier.row.seq;
  next.message.createdAt = earlier.message.createdAt;
}

/** Messages mostly come in their order already. The sequence decides ties: it is the order of the map. */
function inOrder(prepared: ReadonlyMap<string, Prepared>): MastraDBMessage[] {
  const result: MastraDBMessage[] = [];
  let isSorted = true;
  let last = Number.NEGATIVE_INFINITY;
  for (const { row, message } of prepared.values()) {
    isSorted &&= row.createdAt >= last;
    last = row.createdAt;
    result.push(message);
  }
  return isSorted ? result : result.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

function incomplete(index: number, member: string, problem: string): StorageError {
  const path = `messages[${index}]${member}`;
  return invalid(`${path} ${problem}`, "INVALID_INPUT", { path });
}
