import type { Capabilities } from "../../engine/capabilities.ts";
import { remove, upsert, type WriteOp } from "../../engine/operations.ts";
import { isFilterKey, type Metadata, type ThreadCondition } from "./metadata.ts";
import { threadMetadata } from "./tables.ts";

/** Longer values are not worth a row; a filter on one walks the threads instead. */
const longestValue = 256;
/** Stands in the place of key and value for a thread with more scalars than are indexed: such a thread is always looked at. */
const many = "*";

interface Hint {
  readonly key: string;
  readonly value: string;
}

/** What of the metadata is indexed: its scalars at the top, and everything by one row when they are too many. */
function hintsOf(metadata: Metadata | undefined, most: number): Hint[] {
  const hints: Hint[] = [];
  for (const key in metadata) {
    const value = scalarText(metadata[key]);
    if (value !== undefined && isFilterKey(key)) hints.push({ key, value });
    if (hints.length > most) return [{ key: many, value: many }];
  }
  return hints;
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null) return undefined;
  const text = JSON.stringify(value);
  return text !== undefined && text.length <= longestValue ? text : undefined;
}

/** How many rows fit into an atomic batch beside the thread, even if all of them replace others. */
const mostHints = ({ atomicLimit }: Capabilities) =>
  Math.min(128, Math.max(1, Math.floor((atomicLimit.records - 4) / 2)));

const put = (threadId: string, { key, value }: Hint, createdAt: number): WriteOp =>
  upsert(threadMetadata, { threadId, key, value, createdAt });

/** The index rows of a thread whose former metadata is not known. */
export function indexOps(
  capabilities: Capabilities,
  threadId: string,
  metadata: Metadata | undefined,
  createdAt: number,
): WriteOp[] {
  return hintsOf(metadata, mostHints(capabilities)).map((hint) => put(threadId, hint, createdAt));
}

/** What becomes of a thread's index rows. */
export interface IndexChange {
  readonly added: readonly WriteOp[];
  readonly dropped: readonly WriteOp[];
}

/** The index rows that a change of metadata adds, changes and removes. */
export function reindexOps(
  capabilities: Capabilities,
  threadId: string,
  before: Metadata | undefined,
  after: Metadata | undefined,
  createdAt: number,
): IndexChange {
  const most = mostHints(capabilities);
  const former = new Map(hintsOf(before, most).map(({ key, value }) => [key, value]));
  const added: WriteOp[] = [];
  for (const hint of hintsOf(after, most)) {
    // The row for all is written each time: the number that counts as many may have been another one when the last was.
    if (hint.key === many || former.get(hint.key) !== hint.value) added.push(put(threadId, hint, createdAt));
    former.delete(hint.key);
  }
  return { added, dropped: Array.from(former.keys(), (key) => remove(threadMetadata, [threadId, key])) };
}

/**
 * The walk of hints that covers every thread a filter can match, or `undefined` when none does. Threads with too many scalars
 * stand under a value that no scalar's text is, so the other pairs of the two lists are empty.
 */
export function hintWalk(
  conditions: readonly ThreadCondition[],
): { path: "byValue"; eq: { key: string[]; value: string[] } } | undefined {
  const usable = conditions.filter(
    ({ text }) => text !== undefined && !/^[[{]/.test(text) && text.length <= longestValue,
  );
  // Texts tell threads apart better than numbers and flags do, long ones better than short ones.
  const weight = ({ text = "" }: ThreadCondition) => (text.startsWith('"') ? text.length + 1000 : text.length);
  const best = usable.sort((a, b) => weight(b) - weight(a))[0];
  return best && { path: "byValue", eq: { key: [best.key, many], value: [best.text as string, many] } };
}
