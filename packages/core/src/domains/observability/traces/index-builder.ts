import type { Clock } from "../../../engine/clock.ts";
import { compareText } from "../../../engine/compare.ts";
import type { Engine } from "../../../engine/engine.ts";
import { find, get, insertOrSkip, upsert } from "../../../engine/operations.ts";
import { cutAtomically } from "../../shared/batches.ts";
import type { DomainContext } from "../../shared/context.ts";
import { completePage, readPage } from "../../shared/pages.ts";
import { type IndexRow, observabilityState, parkedUpdates, type StoredSpan, spans, traceIndex } from "../tables.ts";
import type { Snapshot } from "../writing/snapshot.ts";
import { emptyIndexRow, isTelling, type RootSource, rootSource, setRoot } from "./index-row.ts";

const stateName = "trace-index";
const pageSize = 1000;

/** Columns from which an index row's counts and root follow. */
const factColumns = ["traceId", "spanId", "parentSpanId", "startedAt", "startNs", "hasRemoteParent", "error"] as const;
type Facts = Pick<StoredSpan, (typeof factColumns)[number]>;

/**
 * Knows whether every trace has its index row. A database that held spans before there was an index has them built at the
 * first list, in pieces, going on after an interruption; until then lists wait, and writers compute the rows of the traces
 * they touch.
 */
export class IndexBuilder {
  private readonly context: DomainContext;
  private hasAll = false;
  private looking: Promise<boolean> | undefined;
  private building: Promise<void> | undefined;

  constructor(context: DomainContext) {
    this.context = context;
  }

  /** Whether the index covers all spans. Asks the database once, and again while the answer is no. */
  async isComplete(): Promise<boolean> {
    if (this.hasAll) return true;
    this.looking ??= this.look();
    try {
      return await this.looking;
    } finally {
      this.looking = undefined;
    }
  }

  /** Builds what is missing. Runs of several callers are shared. */
  async complete(): Promise<void> {
    if (await this.isComplete()) return;
    this.building ??= this.build();
    try {
      await this.building;
    } finally {
      this.building = undefined;
    }
  }

  /** Computes the rows of those traces that have none yet, from their spans. */
  async fillIn(snapshot: Snapshot, traceIds: ReadonlySet<string>): Promise<void> {
    for (const traceId of traceIds) if (!snapshot.index.has(traceId)) await this.compute(snapshot, traceId);
  }

  /** Computes a trace's row from its spans and parked updates, whatever is stored of it. */
  async compute(snapshot: Snapshot, traceId: string): Promise<void> {
    const { engine, clock } = this.context;
    const eq = { traceId };
    const factsOp = find(spans, { path: "byTrace", eq, columns: factColumns });
    const parkedOp = find(parkedUpdates, { path: "byTrace", eq, columns: parkedUpdates.key as ["traceId"] });
    const [facts, parked, stored] = await engine.read([factsOp, parkedOp, get(traceIndex, [[traceId]], ["traceId"])]);
    const { rows } = await completePage(engine, factsOp, facts);
    const { rows: parkedRows } = await completePage(engine, parkedOp, parked);
    const [row = emptyIndexRow(traceId)] = await indexRowsOf(engine, clock, new Map([[traceId, rows]]));
    row.parked = parkedRows.length;
    snapshot.index.set(traceId, { row, rev: stored.rows[0]?._rev ?? 0, isComputed: true });
  }

  private async look(): Promise<boolean> {
    const { engine, clock } = this.context;
    const [{ rows }] = await engine.read([get(observabilityState, [[stateName]])]);
    if (rows[0]) {
      this.hasAll = (JSON.parse(rows[0].value) as { complete?: boolean }).complete === true;
      return this.hasAll;
    }
    const { rows: any } = await readPage(engine, find(spans, { path: "all", limit: 1, columns: ["traceId"] }));
    if (any.length > 0) return false;
    await engine.write([insertOrSkip(observabilityState, state({ complete: true }, clock.now()))]);
    this.hasAll = true;
    return true;
  }

  private async build(): Promise<void> {
    const { engine, clock, logger } = this.context;
    const [{ rows }] = await engine.read([get(observabilityState, [[stateName]])]);
    let { after } = rows[0] ? (JSON.parse(rows[0].value) as { after?: string }) : {};
    logger.info("stowage: building the index of traces for spans that were here before it");
    for (let isDone = false; !isDone; ) {
      const page = await readPage(
        engine,
        find(spans, {
          path: "all",
          limit: pageSize,
          columns: factColumns,
          ...(after !== undefined && { range: { lower: { at: [after], inclusive: false } } }),
        }),
      );
      isDone = page.end === "exhausted";
      const byTrace = Map.groupBy<string, Facts>(page.rows, ({ traceId }) => traceId);
      const last = page.rows.at(-1)?.traceId;
      if (!isDone && last !== undefined) {
        // The page may have cut the last trace: it comes again, unless it is alone and longer than a page.
        if (byTrace.size > 1) byTrace.delete(last);
        else {
          const whole = find(spans, { path: "byTrace", eq: { traceId: last }, columns: factColumns });
          byTrace.set(last, (await readPage(engine, whole)).rows);
        }
      }
      after = [...byTrace.keys()].at(-1) ?? after;
      const rowsToAdd = await indexRowsOf(engine, clock, byTrace);
      const ops = rowsToAdd.map((row) => insertOrSkip(traceIndex, row));
      for (const run of cutAtomically(ops, engine.capabilities)) await engine.write(run);
      const progress = isDone ? { complete: true } : { complete: false, ...(after !== undefined && { after }) };
      await engine.write([upsert(observabilityState, state(progress, clock.now()))]);
    }
    this.hasAll = true;
  }
}

const state = (value: object, now: number) => ({ name: stateName, value: JSON.stringify(value), updatedAt: now });

/** Index rows computed from all spans of each trace. The roots' values are read in one round trip. */
async function indexRowsOf(
  engine: Engine,
  clock: Clock,
  traces: ReadonlyMap<string, readonly Facts[]>,
): Promise<IndexRow[]> {
  const rows = new Map<string, IndexRow>();
  const rootKeys: [string, string][] = [];
  for (const [traceId, facts] of traces) {
    const row = emptyIndexRow(traceId);
    const roots = facts.filter((span) => span.parentSpanId === null);
    const remotes = facts.filter((span) => span.parentSpanId !== null && span.hasRemoteParent);
    row.errors = facts.filter((span) => span.error !== null).length;
    row.hasChildError = row.errors > 0;
    row.roots = roots.length;
    row.remotes = remotes.length;
    const root = roots.sort(byStart).at(-1) ?? remotes.sort(byStart)[0];
    if (root) rootKeys.push([traceId, root.spanId]);
    rows.set(traceId, row);
  }
  if (rootKeys.length > 0) {
    const [found] = await engine.read([get(spans, rootKeys, [...rootSource, "traceId"])]);
    for (const root of found.rows) {
      const row = root && rows.get(root.traceId);
      if (!row) continue;
      setRoot(row, root as RootSource);
      row.arrival = clock.sequence();
    }
  }
  return [...rows.values()].filter(isTelling);
}

const byStart = (a: Facts, b: Facts) =>
  a.startedAt - b.startedAt || a.startNs - b.startNs || compareText(a.spanId, b.spanId);
