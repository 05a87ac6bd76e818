import type { CreateSpanRecord, ObservabilityStorage, SpanRecord } from "@stowage/core";
import { SensitiveDataFilter, type SensitiveDataOptions } from "../sensitive/filter.ts";
import { prepared } from "../sensitive/prepare.ts";
import { domainOf, type StoredRange, storedTraces } from "./walk.ts";

export interface RedactOptions extends StoredRange {
  /** Default: secrets by name and by shape. */
  sensitiveData?: SensitiveDataOptions | SensitiveDataFilter;
  /** Reports what would be hidden, and hides nothing. Default `false`. */
  dryRun?: boolean;
}

export interface RedactResult {
  /** Records looked at, and those in which something was, or would be, hidden; by kind. */
  records: Record<Kind, { seen: number; changed: number }>;
  /** How often something was hidden in a member, as `spans.input`. No values. */
  members: Record<string, number>;
}

type Kind = "spans" | "logs" | "metrics" | "scores" | "feedback";
type Row = Record<string, unknown>;

/** What nobody put there. */
const own = new Set(["createdAt", "updatedAt", "startedAt", "endedAt", "timestamp"]);

/**
 * Hides secrets in traces and signals that are stored already, as a filter on their way would have done. Every member is
 * rewritten as a whole, and only where something in it is hidden; doing it again changes nothing.
 */
export async function redact({ sensitiveData = {}, dryRun = false, ...range }: RedactOptions): Promise<RedactResult> {
  const filter = sensitiveData instanceof SensitiveDataFilter ? sensitiveData : new SensitiveDataFilter(sensitiveData);
  const store = await domainOf(range);
  const counts = () => ({ seen: 0, changed: 0 });
  const records = { spans: counts(), logs: counts(), metrics: counts(), scores: counts(), feedback: counts() };
  const members: Record<string, number> = {};
  /** The members of a row in which something is hidden; `undefined` when there are none. */
  const hidden = (kind: Kind, row: object): Row | undefined => {
    records[kind].seen++;
    const { traceId } = row as { traceId?: string | null };
    const clean = prepared(row, filter, traceId ?? undefined) as Row;
    const changed = Object.entries(row).filter(
      ([name, value]) => !own.has(name) && JSON.stringify(value) !== JSON.stringify(clean[name]),
    );
    if (changed.length === 0) return undefined;
    records[kind].changed++;
    for (const [name] of changed) members[`${kind}.${name}`] = (members[`${kind}.${name}`] ?? 0) + 1;
    return Object.fromEntries(changed.map(([name]) => [name, clean[name]]));
  };
  for await (const spans of storedTraces(store, range)) {
    const rewritten = spans.flatMap((span) => {
      const clean = hidden("spans", span);
      return clean ? [rewrittenSpan(span, clean)] : [];
    });
    if (!dryRun && rewritten.length > 0) await store.batchCreateSpans({ records: rewritten });
  }
  for (const { kind, rows } of signals(store, range)) {
    for await (const page of rows) {
      const changed = page.flatMap((row) => {
        const clean = hidden(kind, row);
        return clean ? [{ ...row, ...clean }] : [];
      });
      if (!dryRun && changed.length > 0) await writeSignals(store, kind, changed);
    }
  }
  return { records, members };
}

/** An ended span that is written again replaces the members it has. */
const rewrittenSpan = ({ traceId, spanId, startedAt, endedAt, name }: SpanRecord, clean: Row) =>
  ({ traceId, spanId, name, startedAt, ...(endedAt && { endedAt }), ...clean }) as CreateSpanRecord;

function signals(store: ObservabilityStorage, { since, until = new Date() }: Omit<StoredRange, "storage">) {
  const args = (page: number) => ({
    filters: { timestamp: { ...(since && { start: since }), end: until, endExclusive: true } },
    pagination: { page, perPage: 100 },
    orderBy: { field: "timestamp" as const, direction: "ASC" as const },
  });
  type Page = { rows: object[]; pagination?: { hasMore: boolean } | undefined };
  const walks: [Kind, (page: number) => Promise<Page>][] = [
    ["logs", (page) => store.listLogs(args(page)).then(({ logs: rows, pagination }) => ({ rows, pagination }))],
    [
      "metrics",
      (page) => store.listMetrics(args(page)).then(({ metrics: rows, pagination }) => ({ rows, pagination })),
    ],
    ["scores", (page) => store.listScores(args(page)).then(({ scores: rows, pagination }) => ({ rows, pagination }))],
    [
      "feedback",
      (page) => store.listFeedback(args(page)).then(({ feedback: rows, pagination }) => ({ rows, pagination })),
    ],
  ];
  return walks.map(([kind, read]) => ({ kind, rows: pages(read) }));
}

async function* pages(
  read: (page: number) => Promise<{ rows: object[]; pagination?: { hasMore: boolean } | undefined }>,
): AsyncGenerator<object[]> {
  for (let page = 0; ; page++) {
    const { rows, pagination } = await read(page);
    yield rows;
    if (!pagination?.hasMore) return;
  }
}

/** Signals are replaced by their id. */
async function writeSignals(store: ObservabilityStorage, kind: Kind, rows: object[]): Promise<void> {
  const records = rows as never[];
  if (kind === "logs") await store.batchCreateLogs({ logs: records });
  else if (kind === "metrics") await store.batchCreateMetrics({ metrics: records });
  else if (kind === "scores") await store.batchCreateScores({ scores: records });
  else await store.batchCreateFeedback({ feedbacks: records });
}
