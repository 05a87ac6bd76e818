import { modifyBy } from "../../engine/modify.ts";
import { get, patch, type WriteOp } from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletedIds } from "../shared/deletions.ts";
import { readTogether } from "../shared/read-together.ts";
import { optionalText } from "../shared/values.ts";
import { findableKey, listOf, writableKey } from "./arguments.ts";
import { toFormat2, usableParts } from "./content.ts";
import { threadDeletions } from "./delete-thread.ts";
import { type MessageRow, readContent, readRole, toMessage, writeContent } from "./message-records.ts";
import { type Metadata, mergeMetadata } from "./metadata.ts";
import { messages, threads } from "./tables.ts";
import { threadNotFound } from "./threads.ts";
import type { MastraDBMessage } from "./types.ts";

/** The columns an entry changes; `content` is merged into what is stored. */
interface Change {
  readonly set: { thread_id?: string; resourceId?: string; role?: string; type?: string };
  readonly content: Record<string, unknown> | undefined;
}

export async function updateMessages(
  context: DomainContext,
  args: { messages?: unknown; resourceId?: unknown } | null | undefined,
): Promise<MastraDBMessage[]> {
  const owner = optionalText(args?.resourceId, "resourceId");
  const changes = new Map<string, Change[]>();
  for (const [index, entry] of listOf(args?.messages, "messages").entries()) {
    const path = `messages[${index}]`;
    if (typeof entry !== "object" || entry === null)
      throw invalid(`${path} must be an object`, "INVALID_INPUT", { path });
    const id = findableKey((entry as { id?: unknown }).id, `${path}.id`);
    const change = readChange(entry as Record<string, unknown>, path);
    if (id === undefined) continue;
    const list = changes.get(id);
    if (list) list.push(change);
    else changes.set(id, [change]);
  }
  // Beside each message there may be the thread it leaves and the one it enters.
  const most = Math.max(1, Math.floor(context.engine.capabilities.atomicLimit.records / 3));
  const ids = [...changes.keys()];
  if (ids.length > most) await requireThreads(context, changes);
  const result: MastraDBMessage[] = [];
  for (let at = 0; at < ids.length; at += most) {
    for (const message of await updateSome(context, ids.slice(at, at + most), changes, owner)) result.push(message);
  }
  return result;
}

/** Before the first of several batches: a thread that is missing refuses all of them. */
async function requireThreads(
  { engine }: DomainContext,
  changes: ReadonlyMap<string, readonly Change[]>,
): Promise<void> {
  const targets = targetsOf(changes.values());
  if (targets.length === 0) return;
  const [{ rows }] = await engine.read([
    get(
      threads,
      targets.map((id) => [id]),
      ["id"],
    ),
  ]);
  const missing = targets.find((_, index) => !rows[index]);
  if (missing !== undefined) throw threadNotFound(missing);
}

const targetsOf = (changes: Iterable<readonly Change[]>): string[] => [
  ...new Set([...changes].flatMap((list) => list.flatMap(({ set }) => set.thread_id ?? []))),
];

function updateSome(
  { engine, clock }: DomainContext,
  ids: readonly string[],
  changes: ReadonlyMap<string, readonly Change[]>,
  owner: string | undefined,
): Promise<MastraDBMessage[]> {
  const changesOf = (id: string) => changes.get(id) as readonly Change[];
  const targets = targetsOf(ids.map(changesOf));
  return modifyBy(engine, `${messages.name}/${ids[0]}`, async () => {
    const answers = await readTogether(engine, {
      rows: get(
        messages,
        ids.map((id) => [id]),
      ),
      targets:
        targets.length > 0
          ? get(
              threads,
              targets.map((id) => [id]),
              ["id"],
            )
          : undefined,
      deleted: threadDeletions.all(),
    });
    const deleted = deletedIds(answers.deleted.rows);
    const known = new Set(answers.targets?.rows.flatMap((row) => row?.id ?? []));
    const now = clock.now();
    const entered = new Set<string>();
    const touched = new Set<string>();
    const write: WriteOp[] = [];
    const result: MastraDBMessage[] = [];
    for (const row of answers.rows.rows) {
      if (!row || deleted.has(row.thread_id) || (owner !== undefined && row.resourceId !== owner)) continue;
      const set = setOf(row, changesOf(row.id), touched);
      for (const { set } of changesOf(row.id)) {
        if (set.thread_id !== undefined && !known.has(set.thread_id)) throw threadNotFound(set.thread_id);
      }
      if (set.thread_id !== undefined) entered.add(set.thread_id);
      if (Object.keys(set).length > 0) write.push(patch(messages, [row.id], { set, expect: { rev: row._rev } }));
      result.push(toMessage({ ...row, ...set }));
    }
    for (const id of touched) {
      // A thread that is left, or stayed in, may be missing: then there is nothing to move on.
      const expectation = entered.has(id) ? { expect: "exists" as const } : {};
      write.push(patch(threads, [id], { raise: { updatedAt: now }, ...expectation }));
    }
    return { write, result };
  });
}

/** What the entries for one message come to, in order; notes the threads that are concerned. */
function setOf(row: MessageRow, changes: readonly Change[], touched: Set<string>): Partial<Row<typeof messages>> {
  const set: Partial<Row<typeof messages>> = {};
  let role = readRole(row.role);
  let content: Record<string, unknown> | undefined;
  for (const change of changes) {
    if (Object.keys(change.set).length === 0 && !change.content) continue;
    Object.assign(set, change.set);
    role = readRole(set.role ?? row.role);
    if (change.content) content = mergeContent(content ?? { ...readContent(row.content, role) }, change.content);
    touched.add(row.thread_id);
  }
  if (set.thread_id !== undefined) touched.add(set.thread_id);
  if (content) set.content = writeContent(content, role)?.text as string;
  return set;
}

/** One level; `metadata` one level more. */
function mergeContent(stored: Record<string, unknown>, change: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...stored };
  for (const key of Object.keys(change)) {
    const value = change[key];
    if (value === undefined || key === "format") continue;
    if (key === "parts") merged.parts = usableParts(value);
    else if (key === "metadata" && isObject(value)) {
      merged.metadata = mergeMetadata(isObject(stored.metadata) ? stored.metadata : undefined, value);
    } else Object.defineProperty(merged, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return merged;
}

const isObject = (value: unknown): value is Metadata =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A fixed set of columns; whatever else an entry holds is ignored. `undefined` and `null` are no update. */
function readChange(entry: Record<string, unknown>, path: string): Change {
  const set: Change["set"] = {};
  if (isGiven(entry.threadId)) set.thread_id = writableKey(entry.threadId, () => `${path}.threadId`);
  if (isGiven(entry.resourceId)) set.resourceId = writableKey(entry.resourceId, () => `${path}.resourceId`);
  if (isGiven(entry.role)) set.role = word(entry.role, `${path}.role`);
  if (isGiven(entry.type)) set.type = word(entry.type, `${path}.type`);
  return {
    set,
    content: isGiven(entry.content) ? readContentChange(entry.content, set.role ?? "assistant") : undefined,
  };
}

/** Members to merge. Content in an older form counts as the format 2 content that it stands for. */
function readContentChange(content: unknown, role: string): Record<string, unknown> {
  return isObject(content) ? content : { ...toFormat2(content, role) };
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

function word(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "") {
    throw invalid(`${path} must be a non-empty string`, "INVALID_INPUT", { path });
  }
  return value;
}
