import { check, get, patch, upsert, type WriteOp } from "../../engine/operations.ts";
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
  const ops: WriteOp[] = [];
  for (const { row } of prepared.values()) threadIds.add(row.thread_id);
  for (const id of threadIds) ops.push(bump(id, now));
  for (const { row } of prepared.values()) ops.push(upsert(messages, row, kept));

  if (fitsAtomically(ops, context.engine.capabilities)) {
    await context.engine.write(ops).catch((error) => {
      throw missingThread(error, [...threadIds]) ?? error;
    });
  } else await saveInRuns(context, [...prepared.values()], [...threadIds], now);
  return { messages: inOrder(prepared) };
}

/** The thread's `updatedAt` moves on, and the thread must be there: a late save cannot bring a deleted one back. */
const bump = (id: string, now: number): WriteOp =>
  patch(threads, [id], { raise: { updatedAt: now }, expect: "exists" });

/**
 * A save that is larger than one batch: messages in order, then the threads. Each run expects its threads, so that nothing is
 * left over when one of them is deleted meanwhile, and the same call may be made again after a crash.
 */
async function saveInRuns(
  { engine }: DomainContext,
  prepared: readonly Prepared[],
  threadIds: readonly string[],
  now: number,
): Promise<void> {
  const [{ rows }] = await engine.read([
    get(
      threads,
      threadIds.map((id) => [id]),
      ["id"],
    ),
  ]);
  const missing = threadIds.find((_, index) => !rows[index]);
  if (missing !== undefined) throw noSuchThread(missing);
  // A run may name as many threads as it has messages.
  const half = { ...engine.capabilities, atomicLimit: halved(engine.capabilities.atomicLimit) };
  const upserts = prepared.map(({ row }) => upsert(messages, row, kept));
  for (const run of cutAtomically(upserts, half)) {
    const named = [...new Set(run.map((op) => (op as (typeof upserts)[number]).row.thread_id))];
    await engine.write([...named.map((id) => check(threads, [id], "exists")), ...run]).catch((error) => {
      throw missingThread(error, named) ?? error;
    });
  }
  for (const run of cutAtomically(
    threadIds.map((id) => bump(id, now)),
    engine.capabilities,
  )) {
    await engine.write(run).catch((error) => {
      throw (
        missingThread(
          error,
          run.map((op) => (op.op === "patch" ? String(op.key[0]) : "")),
        ) ?? error
      );
    });
  }
}

const halved = ({ records, bytes }: { records: number; bytes: number }) => ({
  records: Math.floor(records / 2),
  bytes: bytes / 2,
});

/** The threads stand first in every batch, in this order. */
function missingThread(error: unknown, threadIds: readonly string[]): StorageError | undefined {
  const id = isConflict(error) && error.refusal.reason === "exists" ? threadIds[error.refusal.index] : undefined;
  return id === undefined ? undefined : noSuchThread(id);
}

const noSuchThread = (threadId: string) => notFound(`thread ${threadId} not found`, { threadId });

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
