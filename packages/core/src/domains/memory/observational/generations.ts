import type { Filter } from "../../../engine/filter.ts";
import { allOf } from "../../../engine/filter.ts";
import { type Change, modifyBy } from "../../../engine/modify.ts";
import { find, get, insert, remove, type WriteOp } from "../../../engine/operations.ts";
import { invalid, isConflict, StorageError } from "../../../errors.ts";
import type { DomainContext } from "../../shared/context.ts";
import { completePage, readPage } from "../../shared/pages.ts";
import { readTogether } from "../../shared/read-together.ts";
import { optionalText, requireId, toOptionalInstant } from "../../shared/values.ts";
import { finishDeletion, threadDeletions } from "../delete-thread.ts";
import { observationalMemory } from "../tables.ts";
import { findableMemoryKey, type MemoryKey, writableMemoryKey } from "./key.ts";
import { emptyRow, type MemoryRow, toRecord, toRow, writeConfig } from "./records.ts";
import type { ObservationalMemoryRecord } from "./types.ts";
import { text } from "./values.ts";

/** A thread whose deletion is under way has no observational memory any more. */
export const markOf = ({ threadId }: MemoryKey) => (threadId === null ? undefined : threadDeletions.among([threadId]));
/** Goes into every batch that adds a generation: a thread's memory must not come back under a deletion. */
export const unmarked = ({ threadId }: MemoryKey): WriteOp[] =>
  threadId === null ? [] : [threadDeletions.none(threadId)];

const newest = (lookupKey: string) =>
  find(observationalMemory, { path: "byKey", eq: { lookupKey }, direction: "desc", limit: 1 });
/** The number of the newest generation only. */
export const newestNumber = (lookupKey: string) =>
  find(observationalMemory, { ...newest(lookupKey), columns: ["generationCount"] });

export async function getCurrent(
  { engine }: DomainContext,
  threadId: unknown,
  resourceId: unknown,
): Promise<ObservationalMemoryRecord | null> {
  const key = findableMemoryKey(threadId, resourceId);
  if (!key) return null;
  const { page, mark } = await readTogether(engine, { page: newest(key.lookupKey), mark: markOf(key) });
  const row = page.rows[0];
  return row && !mark?.rows[0] ? toRecord(row) : null;
}

export async function getHistory(
  { engine }: DomainContext,
  threadId: unknown,
  resourceId: unknown,
  limit: unknown,
  options: { from?: unknown; to?: unknown; offset?: unknown } | null | undefined,
): Promise<ObservationalMemoryRecord[]> {
  const most = limit === Number.POSITIVE_INFINITY ? undefined : count(limit ?? 10, "limit");
  const offset = count(options?.offset ?? 0, "options.offset");
  const from = toOptionalInstant(options?.from, "options.from");
  const to = toOptionalInstant(options?.to, "options.to");
  const key = findableMemoryKey(threadId, resourceId);
  if (!key || most === 0) return [];
  const filter = allOf(from && bound("gte", from), to && bound("lte", to));
  const op = find(observationalMemory, {
    path: "byKey",
    eq: { lookupKey: key.lookupKey },
    direction: "desc",
    offset,
    ...(most !== undefined && { limit: most }),
    ...(filter && { filter }),
  });
  const { page, mark } = await readTogether(engine, { page: op, mark: markOf(key) });
  if (mark?.rows[0]) return [];
  const { rows } = await completePage(engine, op, page);
  return rows.map(toRecord);
}

const bound = (op: "gte" | "lte", date: Date): Filter => ({ op, column: "createdAt", value: date.getTime() });

function count(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalid(`${path} must be >= 0`, "INVALID_INPUT", { path });
  }
  return value as number;
}

export async function initialize(
  context: DomainContext,
  args: { threadId?: unknown; resourceId?: unknown; scope?: unknown; config?: unknown; observedTimezone?: unknown },
): Promise<ObservationalMemoryRecord> {
  const { engine, clock } = context;
  const key = writableMemoryKey(args.threadId, args.resourceId);
  const now = clock.now();
  const row: MemoryRow = {
    ...emptyRow(now),
    id: clock.id(),
    lookupKey: key.lookupKey,
    scope: requireId(args.scope, "scope"),
    threadId: key.threadId,
    resourceId: text(args.resourceId ?? "", "resourceId"),
    originType: "initial",
    generationCount: 0,
    observedTimezone: optionalText(args.observedTimezone ?? undefined, "observedTimezone") ?? null,
    config: writeConfig(args.config),
  };
  return modifyBy(engine, key.lookupKey, async (): Promise<Change<ObservationalMemoryRecord>> => {
    const { page, mark } = await readTogether(engine, { page: newest(key.lookupKey), mark: markOf(key) });
    if (mark?.rows[0]) await finishDeletion(context, key.threadId as string);
    else if (page.rows[0]) return { result: toRecord(page.rows[0]) };
    return { write: [...unmarked(key), insert(observationalMemory, row)], result: toRecord(row) };
  });
}

export async function insertRecord(context: DomainContext, given: unknown): Promise<void> {
  const { engine, clock } = context;
  const row = toRow(given, clock.now());
  const key: MemoryKey = { lookupKey: row.lookupKey, threadId: row.threadId };
  await modifyBy<void>(engine, key.lookupKey, async (tries): Promise<Change<void>> => {
    // Mostly the generation is free: only a refusal is looked into.
    if (tries === 0) return { write: [...unmarked(key), insert(observationalMemory, row)], result: undefined };
    const { taken, page, mark } = await readTogether(engine, {
      taken: get(observationalMemory, [[row.id]], ["generationCount"]),
      page: newestNumber(key.lookupKey),
      mark: markOf(key),
    });
    if (mark?.rows[0]) await finishDeletion(context, key.threadId as string);
    else if (taken.rows[0]) throw idTaken(row.id);
    const highest = mark?.rows[0] ? undefined : page.rows[0]?.generationCount;
    const generationCount = highest === undefined ? row.generationCount : Math.max(row.generationCount, highest + 1);
    return { write: [...unmarked(key), insert(observationalMemory, { ...row, generationCount })], result: undefined };
  });
}

const idTaken = (id: string) =>
  new StorageError(`observational memory record ${id} already exists`, {
    code: "already_exists",
    status: "ALREADY_EXISTS",
    details: { recordId: id },
  });

export async function clearGenerations(
  { engine }: DomainContext,
  threadId: unknown,
  resourceId: unknown,
): Promise<void> {
  const { lookupKey } = writableMemoryKey(threadId, resourceId);
  const limit = Math.min(1000, engine.capabilities.atomicLimit.records);
  const walk = find(observationalMemory, { path: "byKey", eq: { lookupKey }, limit, columns: ["id"] });
  // The oldest first, so that a crash leaves the current one with less behind it.
  for (let done = false; !done; ) {
    const page = await readPage(engine, walk);
    done = page.end === "exhausted";
    if (page.rows.length === 0) return;
    await engine
      .write(page.rows.map(({ id, _rev }) => remove(observationalMemory, [id], { rev: _rev })))
      .catch((error) => {
        if (!isConflict(error)) throw error;
        done = false;
      });
  }
}
