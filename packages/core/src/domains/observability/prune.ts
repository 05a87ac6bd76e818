import { aggregate, count, find } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { readPage } from "../shared/pages.ts";
import { pruneRows } from "../shared/prune-rows.ts";
import {
  batchSizeOf,
  type PrunedBatch,
  type PruneOptions,
  type PruneResult,
  pruneTable,
  type TableRetentionPolicy,
} from "../shared/retention.ts";
import { feedback, logs, metrics, scoreEvents } from "./signals/tables.ts";
import type { IncomingRemove } from "./spans/incoming.ts";
import { legacyTraces, spans } from "./tables.ts";
import { deleteTraces } from "./traces/delete.ts";
import type { SpanCommitter } from "./writing/committer.ts";

const domain = "observability";
const signals = { metrics, logs, scores: scoreEvents, feedback };
const before = (cutoff: number) => ({ upper: { at: [cutoff], inclusive: false } });

/** Removes old spans, legacy traces and signals as the policies say. Other keys are skipped. */
export async function pruneObservability(
  context: DomainContext,
  committer: SpanCommitter,
  policies: Readonly<Record<string, TableRetentionPolicy>>,
  options: PruneOptions = {},
): Promise<PruneResult[]> {
  const results: PruneResult[] = [];
  for (const [key, policy] of Object.entries(policies)) {
    if (key === "spans") results.push(await pruneSpans(context, committer, policy, options));
    else if (key === "traces") {
      results.push(await pruneRows(context, domain, legacyTraces, "byCreated", policy, options));
    } else if (Object.hasOwn(signals, key)) {
      const table = signals[key as keyof typeof signals] as typeof logs;
      results.push(await pruneRows(context, domain, table, "byTime", policy, options));
    }
  }
  return results;
}

function pruneSpans(
  context: DomainContext,
  committer: SpanCommitter,
  policy: TableRetentionPolicy,
  options: PruneOptions,
): Promise<PruneResult> {
  const now = context.clock.now();
  if (policy.unit !== "trace") {
    const removeBatch = (cutoff: number, limit: number) => removeOldest(context, committer, cutoff, limit);
    return pruneTable(domain, spans.name, policy, options, removeBatch, now, (cutoff) => countSpans(context, cutoff));
  }
  const traces = new TracePruner(context, committer, batchSizeOf(policy));
  const removeBatch = (cutoff: number, limit: number) => traces.removeBatch(cutoff, limit);
  return pruneTable(domain, spans.name, policy, options, removeBatch, now, (cutoff) =>
    countWholeTraces(context, cutoff),
  );
}

/** The oldest spans, whatever becomes of their traces; each goes in the batch that corrects its trace's index row. */
async function removeOldest(
  { engine }: DomainContext,
  committer: SpanCommitter,
  cutoff: number,
  limit: number,
): Promise<PrunedBatch> {
  const walk = find(spans, { path: "byStart", range: before(cutoff), limit, columns: ["traceId", "spanId"] });
  const { rows, end } = await readPage(engine, walk);
  const items = rows.map(
    ({ traceId, spanId, _rev: rev }): IncomingRemove => ({ kind: "remove", traceId, spanId, rev, bytes: 0 }),
  );
  const removed = await committer.commit(items);
  return { removed, end: end === "exhausted" && removed === rows.length ? "done" : "more" };
}

async function countSpans({ engine }: DomainContext, cutoff: number): Promise<number> {
  const [{ count: eligible }] = await engine.read([count(spans, { path: "byStart", range: before(cutoff) })]);
  return eligible;
}

async function countWholeTraces(context: DomainContext, cutoff: number): Promise<number> {
  let eligible = 0;
  for await (const traces of oldTraces(context, cutoff)) {
    for (const { size, isOld } of traces) if (isOld) eligible += size;
  }
  return eligible;
}

interface AgedTrace {
  readonly traceId: string;
  readonly size: number;
  /** Every span started before the cutoff. */
  readonly isOld: boolean;
}

/** Traces with a span from before the cutoff, each once, those with the oldest spans first, in groups. */
async function* oldTraces({ engine }: DomainContext, cutoff: number): AsyncGenerator<AgedTrace[]> {
  // A trace that was looked at comes again with each of its spans, unless it was removed meanwhile.
  const seen = new Set<string>();
  for (let cursor: string | undefined, isDone = false; !isDone; ) {
    const walk = find(spans, {
      path: "byStart",
      range: before(cutoff),
      limit: 1000,
      columns: ["traceId"],
      ...(cursor !== undefined && { cursor }),
    });
    const page = await readPage(engine, walk);
    isDone = page.end === "exhausted";
    cursor = page.cursor;
    const traceIds = new Set(page.rows.map(({ traceId }) => traceId).filter((traceId) => !seen.has(traceId)));
    if (traceIds.size === 0) continue;
    const [{ groups }] = await engine.read([
      aggregate(spans, {
        path: "byTrace",
        eq: { traceId: [...traceIds] },
        groupBy: [{ column: "traceId" }],
        measures: { size: { fn: "count" }, last: { fn: "max", column: "startedAt" } },
      }),
    ]);
    const aged = new Map(
      groups.map(({ group: [traceId], values }) => [
        traceId as string,
        { traceId: traceId as string, size: Number(values.size), isOld: Number(values.last) < cutoff },
      ]),
    );
    for (const traceId of traceIds) seen.add(traceId);
    yield [...traceIds].flatMap((traceId) => aged.get(traceId) ?? []);
  }
}

/**
 * Removes whole traces, those with the oldest spans first. A trace larger than a batch goes in pieces, children first. One that
 * does not fit into what the call's cap on rows leaves waits for the next call, unless this call has removed nothing yet.
 */
class TracePruner {
  private readonly context: DomainContext;
  private readonly committer: SpanCommitter;
  private readonly batchSize: number;
  private walk: AsyncGenerator<AgedTrace[]> | undefined;
  private waiting: AgedTrace[] = [];
  private removed = 0;

  constructor(context: DomainContext, committer: SpanCommitter, batchSize: number) {
    this.context = context;
    this.committer = committer;
    this.batchSize = batchSize;
  }

  async removeBatch(cutoff: number, limit: number): Promise<PrunedBatch> {
    this.walk ??= oldTraces(this.context, cutoff);
    const traceIds: string[] = [];
    let size = 0;
    for (;;) {
      if (this.waiting.length === 0) {
        const { value, done } = await this.walk.next();
        if (done) break;
        this.waiting = value.filter(({ isOld }) => isOld);
        continue;
      }
      const next = this.waiting[0] as AgedTrace;
      if (size + next.size > limit) {
        if (traceIds.length > 0) break;
        const isCapped = limit < this.batchSize && next.size <= this.batchSize;
        if (isCapped && this.removed > 0) return { removed: 0, end: "stop" };
        return this.removePiece(next, cutoff, limit);
      }
      size += next.size;
      traceIds.push(next.traceId);
      this.waiting.shift();
    }
    if (traceIds.length === 0) return { removed: 0, end: "done" };
    const removed = await deleteTraces({ engine: this.context.engine, marks: this.committer.marks }, traceIds, {
      startedBefore: cutoff,
    });
    for (const traceId of traceIds) this.committer.cache.forget(traceId);
    this.removed += removed;
    return { removed, end: "more" };
  }

  private async removePiece(trace: AgedTrace, cutoff: number, limit: number): Promise<PrunedBatch> {
    const { engine } = this.context;
    const { traceId } = trace;
    const op = find(spans, {
      path: "byTrace",
      eq: { traceId },
      columns: ["traceId", "spanId", "parentSpanId", "startedAt"],
    });
    const { rows } = await readPage(engine, op);
    const isOld = rows.every(({ startedAt }) => startedAt < cutoff);
    const ordered = isOld ? rows.sort((a, b) => Number(a.parentSpanId === null) - Number(b.parentSpanId === null)) : [];
    const piece = ordered.slice(0, limit);
    const removed = await this.committer.commit(
      piece.map(({ spanId, _rev: rev }) => ({ kind: "remove", traceId, spanId, rev, bytes: 0 })),
    );
    this.removed += removed;
    const size = ordered.length - removed;
    if (size > 0) this.waiting[0] = { ...trace, size };
    else this.waiting.shift();
    return { removed, end: "more" };
  }
}
