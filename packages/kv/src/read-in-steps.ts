import type { CallOptions, StoredRecord } from "@stowage/core/engine";
import type { CountRequest, KvAnswer, KvRequest, WalkAnswer, WalkRequest } from "./port.ts";
import type { Entries, LookUp, RecordPort } from "./record-port.ts";

/** How often a page is read again in which a record was no longer where its entry said. */
const rereads = 3;

/** What the first step of a request found. */
interface Step {
  readonly request: KvRequest;
  readonly count?: number | undefined;
  readonly page?: Entries | undefined;
  readonly table?: Awaited<ReturnType<RecordPort["ids"]>> | undefined;
}

/** Answers requests in two steps: entries, counts and ids together, then the records of all of them together. */
export async function readInSteps(
  port: RecordPort,
  requests: readonly KvRequest[],
  options: CallOptions,
): Promise<readonly KvAnswer[]> {
  const steps = await firstSteps(port, requests, options);
  const wanted = steps.map(recordsOf);
  const all = wanted.flat();
  const { records } =
    all.length > 0 ? await port.lookUp({ records: all, claims: [], atOnce: true }, options) : { records: [] };
  let at = 0;
  const rows = wanted.map(({ length }) => records.slice(at, (at += length)));
  return Promise.all(steps.map((step, index) => answerOf(port, step, rows[index] ?? [], options)));
}

async function firstSteps(port: RecordPort, requests: readonly KvRequest[], options: CallOptions): Promise<Step[]> {
  const walks = requests.filter((request): request is WalkRequest => request.kind === "walk");
  const counts = requests.filter((request): request is CountRequest => request.kind === "count");
  const [pages, counted, tables] = await Promise.all([
    walks.length > 0 ? port.entries(walks, options) : [],
    counts.length > 0 ? port.count(counts, options) : [],
    Promise.all(requests.map((request) => (request.kind === "table" ? port.ids(request, options) : undefined))),
  ]);
  return requests.map((request, index) => ({
    request,
    count: request.kind === "count" ? counted[counts.indexOf(request)] : undefined,
    page: request.kind === "walk" ? pages[walks.indexOf(request)] : undefined,
    table: tables[index],
  }));
}

/** The records that the answer of a request needs. */
function recordsOf({ request, page, table }: Step): LookUp["records"][number][] {
  if (request.kind === "count") return [];
  if (request.kind === "walk") return recordsOfPage(request, page as Entries);
  const ids = request.kind === "records" ? request.ids : (table?.ids ?? []);
  return ids.map((id) => ({ layout: request.layout, id, ...(request.columns && { columns: request.columns }) }));
}

/** With the columns that tell whether the record still is where its entry stands. */
function recordsOfPage({ layout, span, columns }: WalkRequest, { entries }: Entries): LookUp["records"][number][] {
  const needed = columns && [...new Set([...columns, ...span.index.eq, ...span.index.order])];
  return entries.map(({ id }) => ({ layout, id, ...(needed && { columns: needed }) }));
}

async function answerOf(
  port: RecordPort,
  { request, count, page, table }: Step,
  rows: readonly (StoredRecord | undefined)[],
  options: CallOptions,
): Promise<KvAnswer> {
  if (request.kind === "records") return rows;
  if (request.kind === "count") return count as number;
  if (request.kind === "walk") return verified(port, request, page as Entries, rows, options);
  const present = rows.filter((row) => row !== undefined);
  return { rows: present, ...(table?.next !== undefined && { next: table.next }) };
}

/** Leaves out entries whose record is gone. When one stands elsewhere by now, all of it is read again. */
async function verified(
  port: RecordPort,
  request: WalkRequest,
  page: Entries,
  rows: readonly (StoredRecord | undefined)[],
  options: CallOptions,
  triesLeft = rereads,
): Promise<WalkAnswer> {
  const { layout, span } = request;
  const stands = rows.map((row, index) => {
    const entry = row && layout.entry(span.index, row);
    return entry !== undefined && entry.group === span.group && entry.place === page.entries[index]?.place;
  });
  if (triesLeft > 0 && rows.some((row, index) => row && !stands[index])) {
    const [again] = (await port.entries([request], options)) as [Entries];
    const { records } = await port.lookUp(
      { records: recordsOfPage(request, again), claims: [], atOnce: true },
      options,
    );
    return verified(port, request, again, records, options, triesLeft - 1);
  }
  const through = page.entries.at(-1)?.place;
  return {
    rows: rows.filter((row, index): row is StoredRecord => row !== undefined && stands[index] === true),
    ...(page.more && through !== undefined && { through }),
    ...(page.token !== undefined && { token: page.token }),
  };
}
