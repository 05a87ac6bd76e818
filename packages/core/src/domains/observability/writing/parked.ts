import { modifyBy } from "../../../engine/modify.ts";
import { find, get, patch, remove, type WriteOp } from "../../../engine/operations.ts";
import { keyOf } from "../../../engine/table.ts";
import type { DomainContext } from "../../shared/context.ts";
import { readPage } from "../../shared/pages.ts";
import { parkedUpdates, type StoredIndexRow, traceIndex } from "../tables.ts";
import { isTelling } from "../traces/index-row.ts";

/** How long a parked update waits for its span. */
const lifetime = 24 * 60 * 60 * 1000;
/** How often a writing process looks for expired ones. */
const sweepEvery = 60 * 60 * 1000;

/** Whether a parked update has waited too long to count. */
export const isExpired = ({ createdAt }: { readonly createdAt: number }, now: number): boolean =>
  createdAt < now - lifetime;

/** Drops parked updates whose span never came. */
export class ParkedSweeper {
  private readonly context: DomainContext;
  private readonly forget: (traceId: string) => void;
  private nextSweep = 0;

  constructor(context: DomainContext, forget: (traceId: string) => void) {
    this.context = context;
    this.forget = forget;
  }

  /** Sweeps when it is time again. Never rejects: nobody waits for it, and the next write tries again. */
  async sweepIfDue(): Promise<void> {
    const now = this.context.clock.now();
    if (now < this.nextSweep) return;
    this.nextSweep = now + sweepEvery;
    try {
      await this.sweep();
    } catch (error) {
      this.nextSweep = 0;
      this.context.logger.debug("stowage: could not drop expired span updates", error);
    }
  }

  /** Drops all that have expired. Resolves with their number. */
  async sweep(): Promise<number> {
    const { engine, logger } = this.context;
    let dropped = 0;
    const size = Math.min(500, engine.capabilities.atomicLimit.records >> 1);
    for (let isDone = false; !isDone; ) {
      const count = await modifyBy(engine, "observability/parked", () => this.dropSome(size));
      dropped += count;
      isDone = count < size;
    }
    if (dropped > 0) logger.warn(`stowage: dropped ${dropped} updates of spans that were never created`);
    return dropped;
  }

  private async dropSome(limit: number) {
    const { engine, clock } = this.context;
    const oldest = { upper: { at: [clock.now() - lifetime], inclusive: false } };
    const columns = ["traceId", "spanId", "arrival"] as const;
    const { rows } = await readPage(engine, find(parkedUpdates, { path: "byAge", range: oldest, limit, columns }));
    if (rows.length === 0) return { result: 0 };
    const byTrace = Map.groupBy(rows, ({ traceId }) => traceId);
    const [indexRows] = await engine.read([
      get(
        traceIndex,
        [...byTrace.keys()].map((traceId) => [traceId]),
      ),
    ]);
    const ops: WriteOp[] = rows.map((row) => remove(parkedUpdates, keyOf(parkedUpdates, row), { rev: row._rev }));
    for (const index of indexRows.rows) if (index) ops.push(countDown(index, byTrace.get(index.traceId)?.length ?? 0));
    for (const traceId of byTrace.keys()) this.forget(traceId);
    return { write: ops, result: rows.length };
  }
}

function countDown(index: StoredIndexRow, dropped: number): WriteOp {
  const parked = Math.max(0, index.parked - dropped);
  const expect = { rev: index._rev };
  return isTelling({ ...index, parked })
    ? patch(traceIndex, [index.traceId], { set: { parked }, expect })
    : remove(traceIndex, [index.traceId], expect);
}
