import { modify } from "../../engine/modify.ts";
import { get, patch, upsert, type WriteOp } from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { invalid, isConflict, notFound } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletions } from "../shared/deletions.ts";
import { optionalText, toOptionalInstant } from "../shared/values.ts";
import { findableKey, writableKey } from "./arguments.ts";
import { finishDeletion, threadDeletions } from "./delete-thread.ts";
import { type Metadata, mergeMetadata, readMetadata, writeMetadata } from "./metadata.ts";
import { threads } from "./tables.ts";
import { type IndexChange, indexOps, reindexOps } from "./thread-index.ts";
import { raised, type ThreadRow, toThread } from "./thread-records.ts";
import type { StorageThreadType } from "./types.ts";

export const threadNotFound = (threadId: unknown) =>
  notFound(`thread ${String(threadId)} not found`, { threadId: String(threadId) });

export async function getThread(
  { engine }: DomainContext,
  args: { threadId?: unknown; resourceId?: unknown },
): Promise<StorageThreadType | null> {
  const owner = optionalText(args.resourceId, "resourceId");
  const id = findableKey(args.threadId, "threadId");
  if (id === undefined) return null;
  const [{ rows }] = await engine.read([get(threads, [[id]])]);
  const row = rows[0];
  return row && (owner === undefined || row.resourceId === owner) ? toThread(row) : null;
}

export async function saveThread(context: DomainContext, given: unknown): Promise<StorageThreadType> {
  const { engine, clock } = context;
  if (typeof given !== "object" || given === null) {
    throw invalid("thread must be an object", "INVALID_INPUT", { path: "thread" });
  }
  const source = given as Partial<Record<keyof StorageThreadType, unknown>>;
  const now = clock.now();
  const metadata = writeMetadata(source.metadata, "thread.metadata");
  const row: Row<typeof threads> = {
    id: writableKey(source.id, () => "thread.id"),
    resourceId: writableKey(source.resourceId, () => "thread.resourceId"),
    title: optionalTitle(source.title, "thread.title") ?? null,
    metadata: metadata.text,
    createdAt: toOptionalInstant(source.createdAt, "thread.createdAt")?.getTime() ?? now,
    updatedAt: toOptionalInstant(source.updatedAt, "thread.updatedAt")?.getTime() ?? now,
  };
  await createThread(context, row.id, [
    ...indexOps(engine.capabilities, row.id, metadata.value, row.createdAt),
    upsert(threads, row),
  ]);
  return toThread(row);
}

/** Writes a batch that may make a thread. A deletion of that id which is not through is brought to its end first. */
export async function createThread(context: DomainContext, id: string, ops: readonly WriteOp[]): Promise<void> {
  for (;;) {
    try {
      await context.engine.write([threadDeletions.none(id), ...ops]);
      return;
    } catch (error) {
      if (!isConflict(error) || error.refusal.table !== deletions.name) throw error;
      await finishDeletion(context, id);
    }
  }
}

export function updateThread(
  context: DomainContext,
  args: { id?: unknown; title?: unknown; metadata?: unknown },
): Promise<StorageThreadType> {
  const id = findableKey(args.id, "id");
  const title = optionalTitle(args.title, "title");
  const change = writableChange(args.metadata);
  if (id === undefined) throw threadNotFound(args.id);
  return modify(context.engine, threads, [id], (row) => {
    if (!row) throw threadNotFound(id);
    return changed(context, row, title, change);
  });
}

export function updateThreadMetadata(
  context: DomainContext,
  args: { id?: unknown; resourceId?: unknown; update?: unknown },
): Promise<StorageThreadType | null> {
  const { update } = args;
  if (typeof update !== "function") throw invalid("update must be a function", "INVALID_INPUT", { path: "update" });
  const owner = optionalText(args.resourceId, "resourceId");
  const id = findableKey(args.id, "id");
  if (id === undefined) return Promise.resolve(null);
  return modify<typeof threads, StorageThreadType | null>(context.engine, threads, [id], (row) => {
    if (!row || (owner !== undefined && row.resourceId !== owner)) return { result: null };
    const change = writableChange(update(toThread(row)));
    return change ? changed(context, row, undefined, change) : { result: toThread(row) };
  });
}

/** A patch of metadata as given: what is `undefined` in it must not be lost before the merge. */
function writableChange(given: unknown): Metadata | undefined {
  return given === undefined || given === null ? undefined : checkedObject(given);
}

function checkedObject(given: unknown): Metadata {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid("metadata must be an object", "INVALID_INPUT", { path: "metadata" });
  }
  return given as Metadata;
}

/** A title that is given. `''` is a title; `null` is none. */
function optionalTitle(value: unknown, path: string): string | undefined {
  return value === null ? undefined : optionalText(value, path);
}

/** The batch that changes a thread as it was read, and the thread after it. */
function changed(
  { engine, clock }: DomainContext,
  row: ThreadRow,
  title: string | undefined,
  change: Metadata | undefined,
): { write: WriteOp[]; result: StorageThreadType } {
  const now = clock.now();
  const set: Partial<Row<typeof threads>> = {};
  let index: IndexChange = { added: [], dropped: [] };
  if (title !== undefined) set.title = title;
  if (change) {
    const before = readMetadata(row.metadata);
    const after = writeMetadata(mergeMetadata(before, change), "metadata");
    set.metadata = after.text;
    index = reindexOps(engine.capabilities, row.id, before, after.value, row.createdAt);
  }
  // A hint too many does no harm: it comes before the thread and goes after it.
  const update = patch(threads, [row.id], { set, raise: { updatedAt: now }, expect: { rev: row._rev } });
  const write = [...index.added, update, ...index.dropped];
  return { write, result: toThread({ ...row, ...set, updatedAt: raised(row.updatedAt, now) }) };
}
