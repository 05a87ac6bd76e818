import type { Engine } from "../../engine/engine.ts";
import { type Bound, find, get } from "../../engine/operations.ts";
import { invalid } from "../../errors.ts";
import { readPage, walkPages } from "../shared/pages.ts";
import { optionalObject, toOptionalInstant } from "../shared/values.ts";
import { findableKeys, listOf } from "./arguments.ts";
import { compareRows, type MessageRow } from "./message-records.ts";
import { messages } from "./tables.ts";

/** Messages held in memory at one time. */
export const copyPageSize = 200;

/** Which messages of a thread are copied. */
export interface Selection {
  readonly lower?: Bound;
  readonly upper?: Bound;
  /** Only these, when there are any. */
  readonly ids: readonly string[];
  /** Only the latest so many. */
  readonly latest: number | undefined;
  /** True when ids were given of which none can exist. */
  readonly isEmpty: boolean;
}

export function readSelection(given: unknown): Selection {
  const options = optionalObject(given, "options");
  const filter = optionalObject(options?.messageFilter, "options.messageFilter");
  const path = "options.messageFilter";
  const start = toOptionalInstant(filter?.startDate, `${path}.startDate`);
  const end = toOptionalInstant(filter?.endDate, `${path}.endDate`);
  const named = listOf(filter?.messageIds, `${path}.messageIds`);
  const ids = findableKeys(named, `${path}.messageIds`);
  const limit = options?.messageLimit ?? 0;
  if (typeof limit !== "number" || Number.isNaN(limit)) {
    throw invalid("options.messageLimit must be a number", "INVALID_INPUT", { path: "options.messageLimit" });
  }
  return {
    ...(start && { lower: { at: [start.getTime()], inclusive: true } }),
    ...(end && { upper: { at: [end.getTime()], inclusive: true } }),
    ids,
    latest: limit > 0 && Number.isFinite(limit) ? Math.ceil(limit) : undefined,
    isEmpty: (named.length > 0 && ids.length === 0) || (!!start && !!end && start > end),
  };
}

/** The selected messages of a thread in their order, in pages. */
export function selectedPages(engine: Engine, threadId: string, selection: Selection): AsyncGenerator<MessageRow[]> {
  if (selection.isEmpty) return noPages();
  return selection.ids.length > 0 ? pagesById(engine, threadId, selection) : pagesByWalk(engine, threadId, selection);
}

async function* noPages(): AsyncGenerator<MessageRow[]> {}

async function* pagesByWalk(
  engine: Engine,
  threadId: string,
  { lower, upper, latest }: Selection,
): AsyncGenerator<MessageRow[]> {
  const walk = { path: "byThread", eq: { thread_id: threadId } } as const;
  let range = { ...(lower && { lower }), ...(upper && { upper }) };
  if (latest !== undefined) {
    const newest = await readPage(
      engine,
      find(messages, { ...walk, range, direction: "desc", limit: Math.min(latest, copyPageSize) }),
    );
    if (newest.end === "exhausted" || latest <= copyPageSize) {
      yield newest.rows.reverse();
      return;
    }
    // Between the oldest that is wanted and the newest that was there, so that messages saved meanwhile do not count.
    const oldest = await readPage(
      engine,
      find(messages, {
        ...walk,
        range,
        direction: "desc",
        limit: 1,
        offset: latest - 1,
        columns: ["createdAt", "seq", "id"],
      }),
    );
    range = { ...range, ...boundAt("lower", oldest.rows[0]), ...boundAt("upper", newest.rows[0]) };
  }
  yield* walkPages(engine, find(messages, { ...walk, range }), copyPageSize);
}

type Place = Pick<MessageRow, "createdAt" | "seq" | "id">;

const boundAt = (side: "lower" | "upper", row: Place | undefined): { lower?: Bound; upper?: Bound } =>
  row ? { [side]: { at: [row.createdAt, row.seq, row.id], inclusive: true } } : {};

async function* pagesById(
  engine: Engine,
  threadId: string,
  { ids, lower, upper, latest }: Selection,
): AsyncGenerator<MessageRow[]> {
  const isSelected = (row: Pick<MessageRow, "thread_id" | "createdAt">) =>
    row.thread_id === threadId &&
    (!lower || row.createdAt >= (lower.at[0] as number)) &&
    (!upper || row.createdAt <= (upper.at[0] as number));
  const columns = ["id", "thread_id", "createdAt", "seq"] as const;
  const [{ rows }] = await engine.read([
    get(
      messages,
      ids.map((id) => [id]),
      columns,
    ),
  ]);
  const places = rows.filter((row) => row !== undefined && isSelected(row)) as MessageRow[];
  places.sort(compareRows);
  const wanted = latest === undefined ? places : places.slice(-latest);
  for (let at = 0; at < wanted.length; at += copyPageSize) {
    const [page] = await engine.read([
      get(
        messages,
        wanted.slice(at, at + copyPageSize).map(({ id }) => [id]),
      ),
    ]);
    yield page.rows.filter((row) => row !== undefined && isSelected(row)) as MessageRow[];
  }
}
