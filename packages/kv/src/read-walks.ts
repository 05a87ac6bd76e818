import type { CallOptions, StoredRecord } from "@stowage/core/engine";
import type { CountRequest, KvAnswer, KvRequest, RecordsRequest, Span, WalkAnswer, WalkRequest } from "./port.ts";
import type { Entries, LookedUp, LookUp, RecordPort } from "./record-port.ts";

/** How often a page is read again in which a record was no longer where its entry said. */
const rereads = 3;
/** So many entries of a span that is counted too are asked for: where it has no more the count is known. */
const countedAlong = 500;

type Rows = readonly (StoredRecord | undefined)[];

/** A page of a walk before its records are read, and how many entries its span has, where the page tells. */
interface Page extends Entries {
  readonly total: number | undefined;
}

/** The requests of one kind that a list begins with. */
export function leading<Kind extends KvRequest["kind"]>(requests: readonly KvRequest[], kind: Kind) {
  const end = requests.findIndex((request) => request.kind !== kind);
  return requests.slice(0, end < 0 ? undefined : end) as Extract<KvRequest, { kind: Kind }>[];
}

/**
 * Answers walks along one table, which explain nothing of each other, and as many of the requests behind them as go along:
 * counts that the pages tell; and behind counts the records that are asked for, where they and those of the walks are of one
 * moment. When a record of a page is gone by then, what its entries told of their number is of another time.
 */
export async function readWalks(
  port: RecordPort,
  walks: readonly WalkRequest[],
  behind: readonly KvRequest[],
  options: CallOptions,
): Promise<KvAnswer[]> {
  const counts = leading(behind, "count");
  const pages = await pagesOf(port, walks, counts, options);
  const own = walks.map((request, index) => recordsOfPage(request, pages[index] as Page));
  const wanted = leading(behind.slice(counts.length), "records").map(toLookUp);
  const all = [...own, ...wanted].flat();
  const known = counts.map(({ span }) => pages[walks.findIndex((walk) => isSame(walk.span, span))]?.total);
  if (wanted.length === 0 || all.length > (port.mostOfOneMoment ?? 0)) {
    const { records } = await lookUp(port, own.flat(), options);
    const lists = cutLike(own, records);
    const answers = await verifiedAll(port, walks, pages, lists, options);
    if (!areWhole(walks, pages, lists)) return answers;
    const unknown = known.indexOf(undefined);
    return [...answers, ...(known.slice(0, unknown < 0 ? undefined : unknown) as number[])];
  }
  const before: number[] = [];
  for (const [index, count] of counts.entries()) {
    before.push(known[index] ?? ((await port.count([count], options))[0] as number));
  }
  const { records, isOfOneMoment } = await lookUp(port, all, options);
  const lists = cutLike([...own, ...wanted], records);
  const isCertain = isOfOneMoment && walks.every((walk, at) => allStand(walk, pages[at] as Page, lists[at] as Rows));
  const answers = await verifiedAll(port, walks, pages, lists, options);
  if (!isCertain) return answers;
  const counted = areWhole(walks, pages, lists) ? before : await port.count(counts, options);
  return [...answers, ...counted, ...lists.slice(walks.length)];
}

async function pagesOf(
  port: RecordPort,
  walks: readonly WalkRequest[],
  counts: readonly CountRequest[],
  options: CallOptions,
): Promise<Page[]> {
  const requests = walks.map((walk) => {
    const isCounted = counts.some(({ span }) => isSame(span, walk.span));
    return isCounted ? { ...walk, limit: Math.max(walk.limit, countedAlong) } : walk;
  });
  const pages = await port.entries(requests, options);
  return pages.map((page, index): Page => {
    const { skip, limit, token } = walks[index] as WalkRequest;
    const isWhole = !page.more && token === undefined && (page.entries.length > 0 || skip === 0);
    const total = isWhole ? skip + page.entries.length : undefined;
    if (page.entries.length <= limit) return { ...page, total };
    return { entries: page.entries.slice(0, limit), more: true, total };
  });
}

const isSame = (a: Span, b: Span): boolean =>
  a.index === b.index && a.group === b.group && a.from === b.from && a.to === b.to;

function cutLike(lists: readonly (readonly unknown[])[], records: Rows): Rows[] {
  let at = 0;
  return lists.map(({ length }) => records.slice(at, (at += length)));
}

export const toLookUp = ({ layout, ids, columns }: RecordsRequest): LookUp["records"][number][] =>
  ids.map((id) => ({ layout, id, ...(columns && { columns }) }));

/** Records as somebody reads them. */
export const lookUp = (
  port: RecordPort,
  records: LookUp["records"],
  options: CallOptions,
): Promise<LookedUp> | Omit<LookedUp, "owners"> =>
  records.length > 0 ? port.lookUp({ records, claims: [], atOnce: true }, options) : { records: [] };

/** With the columns that tell whether the record still is where its entry stands. */
function recordsOfPage({ layout, span, columns }: WalkRequest, { entries }: Entries): LookUp["records"][number][] {
  const needed = columns && [...new Set([...columns, ...span.index.eq, ...span.index.order])];
  return entries.map(({ id }) => ({ layout, id, ...(needed && { columns: needed }) }));
}

/** Whether each record is where its entry says. */
const standing = ({ layout, span }: WalkRequest, { entries }: Entries, rows: Rows): boolean[] =>
  rows.map((row, index) => {
    const entry = row && layout.entry(span.index, row);
    return entry !== undefined && entry.group === span.group && entry.place === entries[index]?.place;
  });

/** Whether every entry led to its record. */
const areWhole = (walks: readonly WalkRequest[], pages: readonly Page[], lists: readonly Rows[]): boolean =>
  walks.every((walk, at) => standing(walk, pages[at] as Page, lists[at] as Rows).every(Boolean));

const allStand = (request: WalkRequest, page: Entries, rows: Rows): boolean => {
  const stands = standing(request, page, rows);
  return rows.every((row, index) => !row || stands[index]);
};

async function verifiedAll(
  port: RecordPort,
  walks: readonly WalkRequest[],
  pages: readonly Page[],
  lists: readonly Rows[],
  options: CallOptions,
): Promise<WalkAnswer[]> {
  const answers: WalkAnswer[] = [];
  for (const [at, walk] of walks.entries()) {
    answers.push(await verified(port, walk, pages[at] as Page, lists[at] as Rows, options));
  }
  return answers;
}

/** Leaves out entries whose record is gone. When one stands elsewhere by now, all of it is read again. */
async function verified(
  port: RecordPort,
  request: WalkRequest,
  page: Entries,
  rows: Rows,
  options: CallOptions,
  triesLeft = rereads,
): Promise<WalkAnswer> {
  const stands = standing(request, page, rows);
  if (triesLeft > 0 && !allStand(request, page, rows)) {
    const [again] = (await port.entries([request], options)) as [Entries];
    const { records } = await lookUp(port, recordsOfPage(request, again), options);
    return verified(port, request, again, records, options, triesLeft - 1);
  }
  const through = page.entries.at(-1)?.place;
  return {
    rows: rows.filter((row, index): row is StoredRecord => row !== undefined && stands[index] === true),
    ...(page.more && through !== undefined && { through }),
    ...(page.token !== undefined && { token: page.token }),
  };
}
