import type { CallOptions, StoredRecord } from "@stowage/core/engine";
import type { KvAnswer, KvAnswers, KvRequest, RecordsRequest, WalkAnswer, WalkRequest } from "./port.ts";
import type { Entries, LookUp, RecordPort } from "./record-port.ts";

/** How often a page is read again in which a record was no longer where its entry said. */
const rereads = 3;

/**
 * Answers requests one after the other, records by their keys together: nothing here is a snapshot of several requests, and
 * callers put what has to be seen last behind what it explains.
 */
export async function readInSteps(
  port: RecordPort,
  requests: readonly KvRequest[],
  options: CallOptions,
): Promise<readonly KvAnswer[]> {
  const answers: KvAnswer[] = [];
  while (answers.length < requests.length) {
    const from = answers.length;
    const end = requests.findIndex(({ kind }, index) => index >= from && kind !== "records");
    const together = requests.slice(from, end < 0 ? undefined : end) as RecordsRequest[];
    if (together.length > 0) answers.push(...(await recordsOf(port, together, options)));
    const next = requests[answers.length];
    if (next && next.kind !== "records") answers.push(await answerOf(port, next, options));
  }
  return answers;
}

async function recordsOf(
  port: RecordPort,
  requests: readonly RecordsRequest[],
  options: CallOptions,
): Promise<KvAnswers["records"][]> {
  const wanted = requests.map(({ layout, ids, columns }) =>
    ids.map((id) => ({ layout, id, ...(columns && { columns }) })),
  );
  const { records } = await lookUp(port, wanted.flat(), options);
  let at = 0;
  return wanted.map(({ length }) => records.slice(at, (at += length)));
}

async function answerOf(
  port: RecordPort,
  request: Exclude<KvRequest, RecordsRequest>,
  options: CallOptions,
): Promise<KvAnswer> {
  if (request.kind === "count") return (await port.count([request], options))[0] as number;
  if (request.kind === "walk") {
    const [page] = (await port.entries([request], options)) as [Entries];
    const { records } = await lookUp(port, recordsOfPage(request, page), options);
    return verified(port, request, page, records, options);
  }
  const { layout, columns } = request;
  const { ids, next } = await port.ids(request, options);
  const { records } = await lookUp(
    port,
    ids.map((id) => ({ layout, id, ...(columns && { columns }) })),
    options,
  );
  const rows = records.filter((row) => row !== undefined);
  return { rows, ...(next !== undefined && { next }) };
}

const lookUp = (port: RecordPort, records: LookUp["records"], options: CallOptions) =>
  records.length > 0
    ? port.lookUp({ records, claims: [], atOnce: true }, options)
    : { records: [] as readonly (StoredRecord | undefined)[] };

/** With the columns that tell whether the record still is where its entry stands. */
function recordsOfPage({ layout, span, columns }: WalkRequest, { entries }: Entries): LookUp["records"][number][] {
  const needed = columns && [...new Set([...columns, ...span.index.eq, ...span.index.order])];
  return entries.map(({ id }) => ({ layout, id, ...(needed && { columns: needed }) }));
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
