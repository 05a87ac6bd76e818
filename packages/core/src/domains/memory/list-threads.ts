import { compareText } from "../../engine/compare.ts";
import type { Engine } from "../../engine/engine.ts";
import { compileFilter } from "../../engine/evaluate.ts";
import { allOf, type Filter } from "../../engine/filter.ts";
import { find, get, type Range } from "../../engine/operations.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import { isKeyText } from "../shared/key-text.ts";
import { readListPage } from "../shared/listing.ts";
import { walkPages } from "../shared/pages.ts";
import { type CheckedPage, checkPage, pageInfo } from "../shared/pagination.ts";
import { optionalText, toOptionalInstant } from "../shared/values.ts";
import { type ThreadCondition, threadConditions, threadFilter } from "./metadata.ts";
import { threadMetadata, threads } from "./tables.ts";
import { hintWalk } from "./thread-index.ts";
import { type ThreadRow, toThread } from "./thread-records.ts";
import type { StorageListThreadsInput, StorageListThreadsOutput } from "./types.ts";

interface Query {
  readonly page: CheckedPage;
  readonly field: "createdAt" | "updatedAt";
  readonly direction: "asc" | "desc";
  readonly conditions: readonly ThreadCondition[];
  readonly filter: Filter | undefined;
  /** Bounds of `field`, both inclusive, in milliseconds. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly wantsTotal: boolean;
}

export async function listThreads(
  context: DomainContext,
  args: StorageListThreadsInput | null | undefined,
): Promise<StorageListThreadsOutput> {
  const page = checkPage(args?.page, args?.perPage, 100);
  if (page.perPage === false && page.page !== 0) {
    throw invalid("page must be 0 when perPage is false", "INVALID_PAGE", { page: page.page });
  }
  const owner = optionalText(args?.filter?.resourceId, "filter.resourceId");
  const title = optionalText(args?.filter?.title, "filter.title");
  const conditions = threadConditions(args?.filter?.metadata);
  const range = args?.filter?.dateRange;
  const query: Query = {
    page,
    field: args?.orderBy?.field === "updatedAt" ? "updatedAt" : "createdAt",
    direction: args?.orderBy?.direction === "ASC" ? "asc" : "desc",
    conditions,
    filter: allOf(title ? { op: "search", column: "title", value: title } : undefined, threadFilter(conditions)),
    since: toOptionalInstant(range?.start, "filter.dateRange.start")?.getTime(),
    until: toOptionalInstant(range?.end, "filter.dateRange.end")?.getTime(),
    wantsTotal: args?.includeTotal !== false,
  };
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = query;
  const isImpossible = since > until || (owner !== undefined && !isKeyText(owner));
  if (isImpossible) return answer(query, [], 0, false);
  const hints = owner === undefined ? hintWalk(conditions) : undefined;
  return hints ? byHints(context, query, hints) : byWalk(context, query, owner);
}

/** A page and its count along a path, conditions as residual filter. */
async function byWalk(
  { engine }: DomainContext,
  query: Query,
  owner: string | undefined,
): Promise<StorageListThreadsOutput> {
  const { page, filter, direction, field, wantsTotal } = query;
  const range = rangeOf(query);
  const isByCreation = field === "createdAt";
  const walk = {
    ...(owner === undefined
      ? { path: isByCreation ? ("all" as const) : ("allByActivity" as const) }
      : { path: isByCreation ? ("byResource" as const) : ("byResourceActivity" as const), eq: { resourceId: owner } }),
    ...(range && { range }),
    ...(filter && { filter }),
  };
  const { rows, total, hasMore } = await readListPage(engine, threads, { ...walk, direction }, page, wantsTotal);
  return answer(query, rows, total, hasMore);
}

/** Threads found by their hints, each tested itself: a hint may be out of date. */
async function byHints(
  { engine }: DomainContext,
  query: Query,
  walk: NonNullable<ReturnType<typeof hintWalk>>,
): Promise<StorageListThreadsOutput> {
  const { page, field, direction, wantsTotal } = query;
  const { offset, limit = Number.POSITIVE_INFINITY } = page;
  const isInWalkOrder = field === "createdAt";
  // All of them have to be seen for a total, and for an order that is not the walk's.
  const enough = wantsTotal || !isInWalkOrder ? Number.POSITIVE_INFINITY : offset + limit + 1;
  const test = compileFilter(threads, allOf(query.filter, ...timesOf(query)) as Filter);
  const matches = new Map<string, number>();
  const rows: ThreadRow[] = [];
  const hints = find(threadMetadata, { ...walk, direction, columns: ["threadId", "createdAt"] });
  for await (const page of walkPages(engine, hints, Math.min(500, Math.max(20, enough)))) {
    const candidates = await getThreads(engine, new Set(page.map(({ threadId }) => threadId)));
    for (const { threadId, createdAt } of page) {
      const row = candidates.get(threadId);
      // A hint at another time than the thread's is an old one; the right one stands at its own place.
      if (!row || row.createdAt !== createdAt || matches.has(threadId) || !test(row)) continue;
      if (isInWalkOrder && matches.size >= offset && rows.length < limit) rows.push(row);
      matches.set(threadId, row.updatedAt);
    }
    if (matches.size >= enough) break;
  }
  if (!isInWalkOrder) {
    const sign = direction === "asc" ? 1 : -1;
    const order = [...matches].sort(([a, at], [b, bt]) => (at - bt || compareText(a, b)) * sign);
    const ids = order.slice(offset, offset + limit).map(([id]) => id);
    const found = await getThreads(engine, new Set(ids));
    rows.push(...ids.flatMap((id) => found.get(id) ?? []));
  }
  const seen = offset + rows.length;
  return answer(query, rows, wantsTotal ? matches.size : seen, seen < matches.size);
}

/** The times of a query as the part of a path that is ordered by them. */
function rangeOf({ since, until }: Query): Range | undefined {
  if (since === undefined && until === undefined) return undefined;
  return {
    ...(since !== undefined && { lower: { at: [since], inclusive: true } }),
    ...(until !== undefined && { upper: { at: [until], inclusive: true } }),
  };
}

/** The same as conditions, where the walk is in another order. */
const timesOf = ({ field, since, until }: Query): (Filter | undefined)[] => [
  since === undefined ? undefined : { op: "gte", column: field, value: since },
  until === undefined ? undefined : { op: "lte", column: field, value: until },
];

async function getThreads(engine: Engine, ids: ReadonlySet<string>): Promise<Map<string, ThreadRow>> {
  if (ids.size === 0) return new Map();
  const [{ rows }] = await engine.read([
    get(
      threads,
      [...ids].map((id) => [id]),
    ),
  ]);
  return new Map(rows.flatMap((row) => (row ? [[row.id, row]] : [])));
}

function answer(query: Query, rows: readonly ThreadRow[], total: number, isMore: boolean): StorageListThreadsOutput {
  const { page } = query;
  const hasMore = isMore && page.perPage !== false && page.perPage > 0;
  return { ...pageInfo(page, rows.length, total), hasMore, threads: rows.map((row) => toThread(row)) };
}
