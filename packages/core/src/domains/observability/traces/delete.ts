import type { Engine } from "../../../engine/engine.ts";
import { modifyBy } from "../../../engine/modify.ts";
import { check, type Expectation, find, get, remove, type WriteOp } from "../../../engine/operations.ts";
import { keyOf, type StoredRow } from "../../../engine/table.ts";
import { invalid, isConflict } from "../../../errors.ts";
import { fitsAtomically } from "../../shared/batches.ts";
import type { DomainContext } from "../../shared/context.ts";
import { completePage } from "../../shared/pages.ts";
import { type SlotMarks, slotOf } from "../rollups/marks.ts";
import { readScope, removeSignalsOf, type SignalKey, signalRemovals, signalsOf } from "../signals/remove.ts";
import type { SignalScope } from "../signals/types.ts";
import { isIdentity } from "../spans/incoming.ts";
import { parkedUpdates, type StoredIndexRow, spans, traceIndex } from "../tables.ts";
import { longValues } from "./index-text.ts";

/** Traces looked at together, and the most spans read for them at once. */
const tracesAtOnce = 100;
const mostSpansRead = 5000;

const spanColumns = ["traceId", "spanId", "startedAt", "organizationId", "resourceId"] as const;
type SpanKey = StoredRow<typeof spans, (typeof spanColumns)[number]>;
type ParkedKey = StoredRow<typeof parkedUpdates, "traceId" | "spanId" | "arrival">;

/** What deletions stand on. Where rollups are kept they mark the slots whose traces go. */
export interface DeletionContext extends Pick<DomainContext, "engine"> {
  readonly marks: SlotMarks | undefined;
}

/** Which of the named traces are meant. */
export interface DeletionScope extends SignalScope {
  /** Only traces all of whose spans started before this instant, and only their spans: signals age by themselves. */
  readonly startedBefore?: number;
}

/** Checks the arguments of a deletion. @throws StorageError `INVALID_ARGUMENT` */
export function readDeletion(a: unknown): { traceIds: string[]; scope: DeletionScope } {
  const { traceIds } = (a ?? {}) as Record<string, unknown>;
  if (!Array.isArray(traceIds) || traceIds.some((traceId) => typeof traceId !== "string")) {
    throw invalid("traceIds must be a list of strings", "INVALID_ARGUMENT", { path: "traceIds" });
  }
  return { traceIds: [...new Set(traceIds as string[])].filter(isIdentity), scope: readScope(a) };
}

/** Deletes whole traces. Those outside the scope stay as they are. Resolves with the number of spans that went. */
export async function deleteTraces(
  context: DeletionContext,
  traceIds: readonly string[],
  scope: DeletionScope = {},
): Promise<number> {
  let deleted = 0;
  for (let from = 0; from < traceIds.length; from += tracesAtOnce) {
    deleted += await deleteSome(context, traceIds.slice(from, from + tracesAtOnce), scope);
  }
  return deleted;
}

async function deleteSome(
  context: DeletionContext,
  traceIds: readonly string[],
  scope: DeletionScope,
): Promise<number> {
  const outcome = await modifyBy(context.engine, "observability/delete", async () => {
    const found = await readTraces(context, traceIds, scope);
    if (!found) return { result: undefined };
    const doomed = found.filter((trace) => isInScope(trace, scope));
    const ops = [...markingOf(context, doomed), ...doomed.flatMap((trace) => removalOf(trace, scope))];
    if (!fitsAtomically(ops, context.engine.capabilities)) return { result: undefined };
    return { write: ops, result: doomed.reduce((sum, trace) => sum + trace.spans.length, 0) };
  });
  if (outcome !== undefined) return outcome;
  if (traceIds.length === 1) return deleteLarge(context, traceIds[0] as string, scope);
  const half = traceIds.length >> 1;
  return (
    (await deleteSome(context, traceIds.slice(0, half), scope)) +
    (await deleteSome(context, traceIds.slice(half), scope))
  );
}

interface FoundTrace {
  readonly traceId: string;
  readonly index: StoredIndexRow | undefined;
  readonly spans: readonly SpanKey[];
  readonly parked: readonly ParkedKey[];
  /** By table, in the order of `signalTables`. */
  readonly signals: readonly (readonly SignalKey[])[];
}

/** Not remembered: deletions are rare, and the batch may be refused. */
const markingOf = ({ marks }: DeletionContext, traces: readonly Pick<FoundTrace, "index">[]): WriteOp[] =>
  marks?.opsFor(new Set(traces.flatMap(({ index }) => index?.startedAt ?? []).map(slotOf))) ?? [];

/** Everything of the traces, in one round trip; `undefined` when there is too much of it. */
async function readTraces(
  { engine }: DeletionContext,
  traceIds: readonly string[],
  { startedBefore }: DeletionScope,
): Promise<FoundTrace[] | undefined> {
  const walk = { path: "byTrace", eq: { traceId: traceIds }, limit: mostSpansRead } as const;
  const [indexRows, ...pages] = await engine.read([
    get(
      traceIndex,
      traceIds.map((traceId) => [traceId]),
    ),
    find(spans, { ...walk, columns: spanColumns }),
    find(parkedUpdates, { ...walk, columns: parkedUpdates.key as readonly ["traceId", "spanId", "arrival"] }),
    ...(startedBefore === undefined ? signalsOf(traceIds, mostSpansRead) : []),
  ]);
  if (pages.some(({ end }) => end !== "exhausted")) return undefined;
  const byTrace = pages.map(({ rows }) =>
    Map.groupBy(rows as readonly { traceId: string }[], ({ traceId }) => traceId),
  );
  return traceIds.map((traceId, position) => {
    const [found = [], parked = [], ...signals] = byTrace.map((groups) => groups.get(traceId) ?? []);
    return {
      traceId,
      index: indexRows.rows[position],
      spans: found as SpanKey[],
      parked: parked as ParkedKey[],
      signals: signals as SignalKey[][],
    };
  });
}

const isScoped = ({ organizationId, resourceId }: DeletionScope) =>
  organizationId !== undefined || resourceId !== undefined;

/** The tenant of a trace is that of its current root, and without one that of every span. */
function isInScope({ index, spans: found }: Pick<FoundTrace, "index" | "spans">, scope: DeletionScope): boolean {
  const { startedBefore } = scope;
  if (startedBefore !== undefined && !found.every(({ startedAt }) => startedAt < startedBefore)) return false;
  if (!isScoped(scope)) return true;
  if (index?.rootSpanId != null) return belongs(tenantOf(index), scope);
  return found.every((span) => belongs(span, scope));
}

const belongs = (
  { organizationId, resourceId }: { organizationId: string | null; resourceId: string | null },
  scope: DeletionScope,
): boolean =>
  (scope.organizationId === undefined || organizationId === scope.organizationId) &&
  (scope.resourceId === undefined || resourceId === scope.resourceId);

const tenantOf = (index: StoredIndexRow) => ({
  organizationId: index.organizationId,
  resourceId: index.resourceId,
  ...longValues(index),
});

/** Signals, then children before the root, the index row last; all of it expects what the decision rested on. */
function removalOf({ traceId, index, spans: found, parked, signals }: FoundTrace, scope: DeletionScope): WriteOp[] {
  const restsOnSpans = isScoped(scope) && index?.rootSpanId == null;
  const ordered = [...found].sort(
    (a, b) => Number(a.spanId === index?.rootSpanId) - Number(b.spanId === index?.rootSpanId),
  );
  const ops: WriteOp[] = signals.flatMap((rows, table) =>
    signalRemovals(table, rows, scope, exists({ index, spans: found })),
  );
  for (const span of ordered) {
    ops.push(remove(spans, keyOf(spans, span), restsOnSpans ? { rev: span._rev } : undefined));
  }
  for (const row of parked) ops.push(remove(parkedUpdates, keyOf(parkedUpdates, row)));
  if (ops.length > 0 || index) ops.push(indexRemoval(traceId, index));
  return ops;
}

const exists = ({ index, spans: found }: Pick<FoundTrace, "index" | "spans">) =>
  index !== undefined || found.length > 0;

function indexRemoval(traceId: string, index: StoredIndexRow | undefined): WriteOp {
  const expect: Expectation = index ? { rev: index._rev } : "absent";
  return index ? remove(traceIndex, [traceId], expect) : check(traceIndex, [traceId], expect);
}

/**
 * A trace too large for one batch: its other spans go first, the root and the index row last and together. Until then it is
 * listed, so that a crash leaves something that a repeat removes.
 */
async function deleteLarge(context: DeletionContext, traceId: string, scope: DeletionScope): Promise<number> {
  const { engine } = context;
  const op = find(spans, { path: "byTrace", eq: { traceId }, columns: spanColumns });
  const [{ rows }, page] = await engine.read([get(traceIndex, [[traceId]]), op]);
  const whole = { index: rows[0], spans: (await completePage(engine, op, page)).rows };
  if (!isInScope(whole, scope)) return 0;
  const marking = markingOf(context, [whole]);
  if (marking.length > 0) await engine.write(marking);
  if (scope.startedBefore === undefined) await removeSignalsOf(engine, [traceId], scope, exists(whole));
  const deleted = await removeChildren(context, traceId, scope);
  return modifyBy(engine, "observability/delete", async () => {
    const [trace] = (await readTraces(context, [traceId], scope)) ?? [];
    // More than a batch is left only when another tenant or another writer has the trace now.
    const ops = trace && isInScope(trace, scope) ? [...markingOf(context, [trace]), ...removalOf(trace, scope)] : [];
    if (!trace || !fitsAtomically(ops, engine.capabilities)) return { result: deleted };
    return { write: ops, result: deleted + (ops.length > 0 ? trace.spans.length : 0) };
  });
}

/** Removes all but the root, in pieces. With a scope each piece expects that the trace is still the tenant's. */
async function removeChildren({ engine }: DeletionContext, traceId: string, scope: DeletionScope): Promise<number> {
  const eq = { traceId };
  const limit = Math.max(2, Math.min(mostSpansRead, engine.capabilities.atomicLimit.records - 1));
  let deleted = 0;
  for (;;) {
    const [indexRows, page, parked] = await engine.read([
      get(traceIndex, [[traceId]]),
      find(spans, { path: "byTrace", eq, limit, columns: spanColumns }),
      find(parkedUpdates, { path: "byTrace", eq, limit }),
    ]);
    const [index] = indexRows.rows;
    const children = page.rows.filter(({ spanId }) => spanId !== index?.rootSpanId);
    if (page.end === "exhausted" && children.length === 0 && parked.end === "exhausted") return deleted;
    if (isScoped(scope) && !(await removeGuarded(engine, traceId, index, children, scope))) return deleted;
    if (!isScoped(scope))
      await removeFreely(
        engine,
        children.map((row) => remove(spans, keyOf(spans, row))),
      );
    if (parked.end !== "exhausted") {
      await removeFreely(
        engine,
        parked.rows.map((row) => remove(parkedUpdates, keyOf(parkedUpdates, row))),
      );
    }
    deleted += children.length;
  }
}

const removeFreely = (engine: Engine, ops: readonly WriteOp[]) => engine.write(ops, { atomic: false });

async function removeGuarded(
  engine: Engine,
  traceId: string,
  index: StoredIndexRow | undefined,
  children: readonly SpanKey[],
  scope: DeletionScope,
): Promise<boolean> {
  const isRooted = index?.rootSpanId != null;
  const belongsHere = isRooted ? belongs(tenantOf(index), scope) : children.every((span) => belongs(span, scope));
  if (!belongsHere) return false;
  const ops: WriteOp[] = children.map((span) =>
    remove(spans, keyOf(spans, span), isRooted ? undefined : { rev: span._rev }),
  );
  if (index) ops.push(check(traceIndex, [traceId], { rev: index._rev }));
  try {
    await engine.write(ops);
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  return true;
}
