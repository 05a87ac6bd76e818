import { check, find, get, insert, type WriteOp } from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { isConflict, notFound, StorageError } from "../../errors.ts";
import { cutAtomically, fitsAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletions } from "../shared/deletions.ts";
import { walkPages } from "../shared/pages.ts";
import { optionalText } from "../shared/values.ts";
import { findableKey, writableKey } from "./arguments.ts";
import { copyPageSize, readSelection, selectedPages } from "./copy-selection.ts";
import { finishDeletion, threadDeletions } from "./delete-thread.ts";
import { type MessageRow, toMessage } from "./message-records.ts";
import { writeMetadata } from "./metadata.ts";
import { messages, threads } from "./tables.ts";
import { indexOps } from "./thread-index.ts";
import { toThread } from "./thread-records.ts";
import { createThread } from "./threads.ts";
import type {
  StorageCloneThreadInput,
  StorageCloneThreadOutput,
  StorageCopyThreadOutput,
  StorageThreadType,
} from "./types.ts";

type Arguments = { readonly [Member in keyof StorageCloneThreadInput]?: unknown };

/** A copy made: the thread, the pairs of message ids, and the new rows where they were few. */
interface Copy {
  readonly thread: StorageThreadType;
  readonly pairs: [from: string, to: string][];
  readonly rows?: readonly MessageRow[];
}

export async function copyThread(context: DomainContext, args: Arguments): Promise<StorageCopyThreadOutput> {
  const { thread, pairs } = await makeCopy(context, args);
  return { thread, messageIdMap: Object.fromEntries(pairs) };
}

export async function cloneThread(context: DomainContext, args: Arguments): Promise<StorageCloneThreadOutput> {
  const { thread, pairs, rows } = await makeCopy(context, args);
  const clonedMessages = (rows ?? []).map(toMessage);
  if (!rows) {
    const walk = find(messages, { path: "byThread", eq: { thread_id: thread.id } });
    for await (const page of walkPages(context.engine, walk, copyPageSize)) {
      for (const row of page) clonedMessages.push(toMessage(row));
    }
  }
  return { thread, clonedMessages, messageIdMap: Object.fromEntries(pairs) };
}

async function makeCopy(context: DomainContext, args: Arguments): Promise<Copy> {
  const { engine, clock } = context;
  const selection = readSelection(args.options);
  const target = {
    id: isGiven(args.newThreadId) ? writableKey(args.newThreadId, () => "newThreadId") : clock.id(),
    owner: isGiven(args.resourceId) ? writableKey(args.resourceId, () => "resourceId") : undefined,
    title: isGiven(args.title) ? optionalText(args.title, "title") : undefined,
    metadata: writeMetadata(args.metadata, "metadata").value,
  };
  const sourceId = findableKey(args.sourceThreadId, "sourceThreadId");
  if (sourceId === undefined) throw sourceNotFound(args.sourceThreadId);
  const [{ rows }] = await engine.read([get(threads, [[sourceId]])]);
  const source = rows[0];
  if (!source) throw sourceNotFound(sourceId);

  const owner = target.owner ?? source.resourceId;
  const pairs: Copy["pairs"] = [];
  const copyOf = (row: MessageRow): MessageRow => {
    const id = clock.id();
    pairs.push([row.id, id]);
    return { ...row, id, thread_id: target.id, resourceId: owner, seq: clock.sequence() };
  };
  const threadOps = (): [thread: Row<typeof threads>, ops: WriteOp[]] => {
    const now = clock.now();
    const clone = { sourceThreadId: sourceId, clonedAt: new Date(now).toISOString(), lastMessageId: pairs.at(-1)?.[0] };
    const metadata = writeMetadata({ ...target.metadata, clone }, "metadata");
    const title = target.title || (source.title ? `Clone of ${source.title}` : "");
    const row = { id: target.id, resourceId: owner, title, metadata: metadata.text, createdAt: now, updatedAt: now };
    return [row, [...indexOps(engine.capabilities, target.id, metadata.value, now), insert(threads, row)]];
  };

  const pages = selectedPages(engine, sourceId, selection);
  const first = (await pages.next()).value ?? [];
  const second = await pages.next();
  if (second.done) {
    const copies = first.map(copyOf);
    const [thread, ops] = threadOps();
    const batch = [sourceExists(sourceId), ...copies.map(insertMessage), ...ops];
    if (fitsAtomically([...batch, threadDeletions.none(target.id)], engine.capabilities)) {
      await createThread(context, target.id, batch).catch((error) => {
        throw copyRefusal(error, sourceId, target.id);
      });
      return { thread: toThread(thread), pairs, rows: copies };
    }
    pairs.length = 0;
  }
  return copyInRuns(context, sourceId, target.id, { first, second, pages, copyOf, threadOps, pairs });
}

interface Stream {
  readonly first: MessageRow[];
  readonly second: IteratorResult<MessageRow[]>;
  readonly pages: AsyncGenerator<MessageRow[]>;
  readonly copyOf: (row: MessageRow) => MessageRow;
  readonly threadOps: () => [thread: Row<typeof threads>, ops: WriteOp[]];
  readonly pairs: Copy["pairs"];
}

/**
 * A copy larger than one batch: messages first, under a claim of the new id that hides them, and the thread last, in the
 * batch that gives up the claim. Who creates the thread meanwhile wins: the claim is gone, and nothing more is written.
 */
async function copyInRuns(context: DomainContext, sourceId: string, id: string, stream: Stream): Promise<Copy> {
  const { engine } = context;
  const rev = await claim(context, id);
  try {
    for (let page: MessageRow[] | undefined = stream.first, next = stream.second; page; ) {
      const ops = page.map((row) => insertMessage(stream.copyOf(row)));
      for (const run of cutAtomically(ops, engine.capabilities, 1)) {
        await engine.write([threadDeletions.held(id, rev), ...run]);
      }
      page = next.done ? undefined : next.value;
      if (page) next = await stream.pages.next();
    }
    const [thread, ops] = stream.threadOps();
    await engine.write([sourceExists(sourceId), ...ops, threadDeletions.release(id, rev)]);
    return { thread: toThread(thread), pairs: stream.pairs };
  } catch (error) {
    // What was written is invisible under the claim; if it cannot be removed now, the next thread of that id removes it.
    await finishDeletion(context, id).catch(() => {});
    throw copyRefusal(error, sourceId, id);
  }
}

/** Claims the id of a thread that is not there; the revision stands for the claim. */
async function claim(context: DomainContext, id: string): Promise<number> {
  const { engine, clock } = context;
  for (;;) {
    try {
      const [, result] = await engine.write([check(threads, [id], "absent"), threadDeletions.claim(id, clock.now())]);
      return result?.rev ?? 0;
    } catch (error) {
      if (!isConflict(error) || error.refusal.table !== deletions.name) throw copyRefusal(error, "", id);
      await finishDeletion(context, id);
    }
  }
}

const insertMessage = ({ _rev, ...row }: MessageRow) => insert(messages, row);
const sourceExists = (id: string) => check(threads, [id], "exists");
const isGiven = (value: unknown) => value !== undefined && value !== null;

const sourceNotFound = (id: unknown) =>
  notFound(`source thread ${String(id)} not found`, { threadId: String(id) }, undefined, "SOURCE_NOT_FOUND");

/** A refused batch says either that the source has gone, or that somebody else has the new id. */
function copyRefusal(error: unknown, sourceId: string, id: string): unknown {
  if (!isConflict(error)) return error;
  if (error.refusal.reason === "exists") return sourceNotFound(sourceId);
  return new StorageError(`thread ${id} already exists`, {
    code: "already_exists",
    status: "THREAD_EXISTS",
    details: { threadId: id },
    cause: error,
  });
}
