import type { Engine } from "../../engine/engine.ts";
import { type Find, find, type ReadResult } from "../../engine/operations.ts";
import { deletedIds } from "../shared/deletions.ts";
import { isKeyText } from "../shared/key-text.ts";
import { completePage } from "../shared/pages.ts";
import { threadDeletions } from "./delete-thread.ts";
import type { MessageRow } from "./message-records.ts";
import { messages } from "./tables.ts";

/** A message asked for by id, with how many before and after it. */
export interface Include {
  readonly id: string;
  readonly before: number;
  readonly after: number;
}

/** More windows than this go into a further round trip. */
const windowsPerRead = 1000;

/** The includes that can be found, each id once with its widest window. Ids come from elsewhere: bad ones are passed over. */
export function readIncludes(list: readonly unknown[]): Include[] {
  const byId = new Map<string, Include>();
  for (const entry of list) {
    const { id, withPreviousMessages, withNextMessages } = (entry ?? {}) as Record<string, unknown>;
    if (typeof id !== "string" || id === "" || !isKeyText(id)) continue;
    const earlier = byId.get(id);
    const before = Math.max(windowSize(withPreviousMessages), earlier?.before ?? 0);
    const after = Math.max(windowSize(withNextMessages), earlier?.after ?? 0);
    byId.set(id, { id, before, after });
  }
  return [...byId.values()];
}

/** Whether more than the targets themselves is asked for. */
export const wantsWindows = (includes: readonly Include[]): boolean =>
  includes.some(({ before, after }) => before > 0 || after > 0);

const windowSize = (size: unknown): number =>
  typeof size === "number" && Number.isFinite(size) && size > 0 ? Math.min(Math.floor(size), 1_000_000_000) : 0;

/**
 * The targets and their neighbours in their own threads, in no order. With an owner, rows of others are passed over and take
 * no place in a window. Where windows are asked for, threads under deletion are left out here; else the caller has seen to it.
 */
export async function includedRows(
  engine: Engine,
  includes: readonly Include[],
  targets: readonly MessageRow[],
  owner: string | undefined,
): Promise<MessageRow[]> {
  const wanted = new Map(includes.map((include) => [include.id, include]));
  const inScope = owner === undefined ? targets : targets.filter((row) => row.resourceId === owner);
  const windows = inScope.flatMap((row) => windowsOf(row, wanted.get(row.id), owner));
  if (inScope.length === 0 || !wantsWindows(includes)) return [...inScope];
  let rows = [...inScope];
  const threadIds = [...new Set(inScope.map((row) => row.thread_id))];
  for (let at = 0; at === 0 || at < windows.length; at += windowsPerRead) {
    const ops = windows.slice(at, at + windowsPerRead);
    // Seen last, so that a thread which is deleted meanwhile is gone as a whole: half a window must not be seen.
    const pages: unknown[] = await engine.read([...ops, threadDeletions.among(threadIds)]);
    const deleted = pages.pop() as ReadResult<ReturnType<typeof threadDeletions.among>>;
    for (let i = 0; i < ops.length; i++) {
      const page = await completePage(engine, ops[i] as Window, pages[i] as ReadResult<Window>);
      for (const row of page.rows) rows.push(row);
    }
    const gone = deletedIds(deleted.rows);
    if (gone.size > 0) rows = rows.filter((row) => !gone.has(row.thread_id));
  }
  return rows;
}

type Window = Find<typeof messages>;

function windowsOf(row: MessageRow, include: Include | undefined, owner: string | undefined): Window[] {
  const eq = { thread_id: row.thread_id };
  const filter = owner === undefined ? {} : { filter: { op: "eq", column: "resourceId", value: owner } as const };
  const edge = { at: [row.createdAt, row.seq, row.id], inclusive: false };
  const windows: Window[] = [];
  if (include?.before) {
    const range = { upper: edge };
    windows.push(find(messages, { path: "byThread", eq, range, ...filter, direction: "desc", limit: include.before }));
  }
  if (include?.after) {
    windows.push(find(messages, { path: "byThread", eq, range: { lower: edge }, ...filter, limit: include.after }));
  }
  return windows;
}
