import type { Clock } from "../../../engine/clock.ts";
import { compareText } from "../../../engine/compare.ts";
import type { SpanDraft } from "../spans/draft.ts";
import type { IndexRow } from "../tables.ts";
import { applyToRoot, clearRoot, emptyIndexRow, type RootSource, setRoot } from "../traces/index-row.ts";
import { type Needs, type Snapshot, spanKey } from "./snapshot.ts";
import type { TraceDraft } from "./trace-draft.ts";

interface Candidate {
  readonly spanId: string;
  readonly startedAt: number;
  readonly startNs: number;
}

/** The index row as the batch leaves it; `undefined` when nothing it says is concerned, or when `needs` has grown. */
export function planIndexRow(trace: TraceDraft, snapshot: Snapshot, needs: Needs, clock: Clock): IndexRow | undefined {
  const stored = trace.index?.row;
  const row: IndexRow = stored ? { ...stored } : emptyIndexRow(trace.traceId);
  let isConcerned = trace.parkedDelta !== 0;
  if (isDoubtful(trace, row, snapshot.isAtomic)) {
    needs.index.add(trace.traceId);
    return undefined;
  }
  for (const span of trace.spans.values()) {
    if (!span.isTouched) continue;
    const { before, after } = span;
    row.errors += Number(after?.hasError ?? false) - Number(before?.hasError ?? false);
    row.roots += Number(after?.isRoot ?? false) - Number(before?.isRoot ?? false);
    row.remotes += Number(after?.isRemote ?? false) - Number(before?.isRemote ?? false);
    isConcerned ||= (before?.hasError ?? false) !== (after?.hasError ?? false);
    isConcerned ||= before?.isRoot || after?.isRoot || before?.isRemote || after?.isRemote || false;
  }
  if (!isConcerned) return undefined;
  row.parked = Math.max(0, row.parked + trace.parkedDelta);
  row.hasChildError = row.errors > 0;
  if (!chooseRoot(row, trace, snapshot, needs)) return undefined;
  if (row.rootSpanId !== null && (stored?.rootSpanId == null || isOther(stored, row))) row.arrival = clock.sequence();
  return row;
}

/** Whether the trace is told anew: its status changed, or it ended with the error that it had before. */
const isOther = (before: IndexRow, after: IndexRow): boolean =>
  before.status !== after.status || (before.endedAt === null && after.endedAt !== null);

/**
 * Whether the row cannot be trusted, so that it must be computed from the spans: it counts fewer roots, remote parents or
 * errors than the stored spans of this batch have, or this is the repetition of a batch that may have been cut short between
 * its spans and the row.
 */
function isDoubtful(trace: TraceDraft, row: IndexRow, isAtomic: boolean): boolean {
  if (trace.index?.isComputed) return false;
  let { roots, remotes, errors } = row;
  for (const { before } of trace.spans.values()) {
    if (!before) continue;
    if (before.isRoot) roots--;
    if (before.isRemote) remotes--;
    if (before.hasError) errors--;
    if (!isAtomic && (before.isRoot || before.isRemote || before.hasError)) return true;
  }
  return roots < 0 || remotes < 0 || errors < 0;
}

/** Sets the current root of the trace; false when something must be read first. */
function chooseRoot(row: IndexRow, trace: TraceDraft, snapshot: Snapshot, needs: Needs): boolean {
  const isTrueRoot = row.roots > 0;
  if (!isTrueRoot && row.remotes === 0) {
    clearRoot(row);
    return true;
  }
  const pool = candidates(row, trace, snapshot, isTrueRoot);
  if (!pool) {
    needs.candidates.add(trace.traceId);
    return false;
  }
  const best = pool.reduce((a, b) => (beats(b, a, isTrueRoot) ? b : a));
  const draft = trace.spans.get(best.spanId);
  if (best.spanId === row.rootSpanId) {
    if (draft?.row) setRoot(row, draft.row);
    else if (draft?.changes) applyToRoot(row, draft.changes);
    return true;
  }
  if (draft?.isTouched && !draft.isWhole) {
    needs.spans.set(spanKey(trace.traceId, best.spanId), [trace.traceId, best.spanId]);
    return false;
  }
  setRoot(row, (draft?.isTouched ? draft.merged() : best) as RootSource);
  return true;
}

/** Among which spans the root is; `undefined` when the other spans without parent must be read. Never empty. */
function candidates(
  row: IndexRow,
  trace: TraceDraft,
  snapshot: Snapshot,
  isTrueRoot: boolean,
): readonly Candidate[] | undefined {
  const touched = [...trace.spans.values()].filter((span) => span.isTouched && isCandidate(span, isTrueRoot));
  const pool: Candidate[] = touched.map((span) => span.merged());
  if (touched.length >= (isTrueRoot ? row.roots : row.remotes)) return pool;

  const wasTrueRoot = row.parentSpanId === null;
  if (row.rootSpanId !== null && wasTrueRoot === isTrueRoot) {
    const former = { spanId: row.rootSpanId, startedAt: row.startedAt as number, startNs: row.startNs as number };
    const draft = trace.spans.get(row.rootSpanId);
    if (!draft?.isTouched) return [...pool, former];
    // As long as the former root has not lost ground it still beats every span that is not in this batch.
    if (isCandidate(draft, isTrueRoot) && !beats(former, draft.merged(), isTrueRoot)) return pool;
  }
  const read = snapshot.candidates.get(trace.traceId);
  if (!read) return undefined;
  for (const span of read) {
    const counts = isTrueRoot ? span.parentSpanId === null : span.parentSpanId !== null && span.hasRemoteParent;
    if (counts && !trace.spans.get(span.spanId)?.isTouched) pool.push(span);
  }
  return pool;
}

function isCandidate(span: SpanDraft, isTrueRoot: boolean): boolean {
  const facts = span.after;
  return facts !== undefined && (isTrueRoot ? facts.isRoot : facts.isRemote);
}

/** Of roots the latest start wins, then the greatest id; of spans with a remote parent the first start, then the smallest id. */
function beats(a: Candidate, b: Candidate, isTrueRoot: boolean): boolean {
  const order = a.startedAt - b.startedAt || a.startNs - b.startNs || compareText(a.spanId, b.spanId);
  return isTrueRoot ? order > 0 : order < 0;
}
