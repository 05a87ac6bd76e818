import type { Clock } from "../../../engine/clock.ts";
import { check, insert, patch, remove, upsert, type WriteOp, type WriteResult } from "../../../engine/operations.ts";
import { anchorBranch } from "../branches/anchor.ts";
import { type SlotMarks, slotOf } from "../rollups/marks.ts";
import { type KnownSpan, mergeColumns, type SpanDraft } from "../spans/draft.ts";
import type { Incoming } from "../spans/incoming.ts";
import { type IndexRow, parkedUpdates, type SpanRow, spans, traceIndex } from "../tables.ts";
import { isTelling } from "../traces/index-row.ts";
import type { TraceCache } from "./cache.ts";
import { planIndexRow } from "./plan-index.ts";
import { type KnownIndexRow, Needs, type Snapshot } from "./snapshot.ts";
import { TraceDraft } from "./trace-draft.ts";

/** A batch ready to be written. */
export interface Plan {
  readonly ops: readonly WriteOp[];
  /** Number of spans that the batch removes. */
  readonly removed: number;
  /** Remembers what the batch made true. */
  remember(cache: TraceCache, results: readonly WriteResult[]): void;
}

/**
 * Merges incoming spans, in order, with what the snapshot knows. Pure but for the clock; what is missing comes back as needs.
 * With `marks` the batch marks the slots whose numbers it may change.
 */
export function planBatch(
  items: readonly Incoming[],
  snapshot: Snapshot,
  clock: Clock,
  marks: SlotMarks | undefined,
): Plan | Needs {
  const needs = new Needs();
  const now = clock.now();
  const traces = new Map<string, TraceDraft>();
  for (const item of items) {
    let trace = traces.get(item.traceId);
    if (!trace) traces.set(item.traceId, (trace = new TraceDraft(item.traceId, snapshot, needs, clock, now)));
    trace.add(item);
  }
  const ops: WriteOp[] = [];
  const memories: Memory[] = [];
  let removed = 0;
  const rows = new Map<TraceDraft, IndexRow | undefined>();
  for (const trace of traces.values()) {
    trace.finish();
    rows.set(trace, planIndexRow(trace, snapshot, needs, clock));
  }
  if (needs.any) return needs;
  // First, since a batch that is cut short must not have changed what no mark tells of.
  const marking = marks?.opsFor(slotsOf(rows)) ?? [];
  ops.push(...marking);
  for (const [trace, row] of rows) {
    const memory = new Memory(trace.traceId);
    memories.push(memory);
    for (const span of trace.spans.values()) {
      if (!span.isTouched) continue;
      if (span.isRemoved) removed++;
      else anchorBranch(span, clock);
      memory.spans.push([span, ops.length]);
      ops.push(spanOp(span));
    }
    for (const { spanId, arrival } of trace.parkedToRemove)
      ops.push(remove(parkedUpdates, [trace.traceId, spanId, arrival]));
    for (const { spanId, arrival, updates } of trace.parkedToAdd) {
      const text = JSON.stringify(updates);
      ops.push(insert(parkedUpdates, { traceId: trace.traceId, spanId, arrival, createdAt: now, updates: text }));
    }
    // Last, since it publishes the others where a database has no transactions.
    memory.indexAt = ops.length;
    memory.row = row ?? trace.index?.row;
    const op = indexOp(trace, row);
    if (op) ops.push(op);
    else memory.indexAt = -1;
  }
  return {
    ops,
    removed,
    remember(cache, results) {
      marks?.keep(marking);
      for (const memory of memories) memory.keep(cache, results);
    },
  };
}

/** Where the traces count, before and after. */
function slotsOf(rows: ReadonlyMap<TraceDraft, IndexRow | undefined>): Set<number> {
  const slots = new Set<number>();
  for (const [{ index }, row] of rows) {
    for (const startedAt of [index?.row.startedAt, row?.startedAt]) {
      if (startedAt != null) slots.add(slotOf(startedAt));
    }
  }
  return slots;
}

function spanOp(span: SpanDraft): WriteOp {
  const key = [span.traceId, span.spanId];
  if (span.row) return insert(spans, span.row);
  const expect = { rev: (span.stored as KnownSpan)._rev };
  if (span.isRemoved) return remove(spans, key, expect);
  return patch(spans, key, { set: span.changes as Partial<SpanRow>, expect });
}

/** What happens to the index row: a change, or a check where spans were added in the belief that nothing is parked for them. */
function indexOp({ traceId, index, spans: drafts }: TraceDraft, planned: IndexRow | undefined): WriteOp | undefined {
  const expect = index && index.rev > 0 ? { rev: index.rev } : ("absent" as const);
  const row = planned ?? (index?.isComputed ? index.row : undefined);
  if (!row) {
    for (const span of drafts.values()) if (span.row) return check(traceIndex, [traceId], expect);
    return undefined;
  }
  if (expect === "absent") return isTelling(row) ? insert(traceIndex, row) : check(traceIndex, [traceId], expect);
  if (!isTelling(row)) return remove(traceIndex, [traceId], expect);
  const before = index?.row as IndexRow;
  if (index?.isComputed || row.rootSpanId !== before.rootSpanId) return upsert(traceIndex, row, { expect });
  return patch(traceIndex, [traceId], { set: changedColumns(before, row), expect });
}

/** Never empty: the revision must grow even when only the choice of the root was looked at. */
function changedColumns(before: IndexRow, after: IndexRow): Partial<IndexRow> {
  const changed: Record<string, unknown> = { roots: after.roots };
  for (const column of Object.keys(after) as (keyof IndexRow)[]) {
    if (after[column] !== before[column]) changed[column] = after[column];
  }
  return changed as Partial<IndexRow>;
}

/** What a batch made true of one trace. */
class Memory {
  readonly traceId: string;
  readonly spans: [span: SpanDraft, at: number][] = [];
  indexAt = -1;
  row: IndexRow | undefined;

  constructor(traceId: string) {
    this.traceId = traceId;
  }

  keep(cache: TraceCache, results: readonly WriteResult[]): void {
    const indexRev = this.indexAt < 0 ? undefined : (results[this.indexAt]?.rev ?? 0);
    if (indexRev !== undefined) {
      const known: KnownIndexRow | undefined = indexRev > 0 && this.row ? { row: this.row, rev: indexRev } : undefined;
      cache.setIndex(this.traceId, known);
    }
    for (const [span, at] of this.spans) {
      const rev = results[at]?.rev ?? 0;
      const merged = span.isRemoved ? undefined : span.merged();
      if (merged && merged.endedAt === null && rev > 0) cache.setSpan(this.traceId, span.spanId, narrow(merged, rev));
      else cache.forgetSpan(this.traceId, span.spanId);
    }
  }
}

function narrow(span: KnownSpan | SpanRow, rev: number): KnownSpan {
  const known: Record<string, unknown> = { _rev: rev };
  for (const column of mergeColumns) known[column] = span[column];
  return known as KnownSpan;
}
