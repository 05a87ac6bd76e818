import { modifyBy } from "../../../engine/modify.ts";
import type { WriteOp } from "../../../engine/operations.ts";
import { isConflict } from "../../../errors.ts";
import { fitsAtomically } from "../../shared/batches.ts";
import type { DomainContext } from "../../shared/context.ts";
import type { SlotMarks } from "../rollups/marks.ts";
import type { Incoming } from "../spans/incoming.ts";
import type { IndexBuilder } from "../traces/index-builder.ts";
import { TraceCache } from "./cache.ts";
import { loadNeeds, loadSnapshot } from "./load.ts";
import { type Plan, planBatch } from "./plan.ts";
import { Needs, Snapshot, spanKey } from "./snapshot.ts";

/** More rounds of reading than a batch can ask for: index row and spans, whole rows, candidates, whole rows again. */
const mostRounds = 8;

/**
 * Merges spans into the store, each batch atomic. A batch is first tried on what this process remembers, without a read; when
 * the engine finds a guess wrong, or something is not remembered, it is read and computed again until no other writer was
 * faster.
 */
export class SpanCommitter {
  readonly cache = new TraceCache();
  private readonly context: DomainContext;
  private readonly builder: IndexBuilder;
  /** Present where rollups are kept. */
  readonly marks: SlotMarks | undefined;

  constructor(context: DomainContext, builder: IndexBuilder, marks: SlotMarks | undefined) {
    this.context = context;
    this.builder = builder;
    this.marks = marks;
  }

  /** Applies the items in order, in as few atomic batches as the engine allows. Resolves with the number of spans removed. */
  async commit(items: readonly Incoming[]): Promise<number> {
    let removed = 0;
    for (const part of this.cut(items)) removed += await this.commitPart(part);
    return removed;
  }

  /** Whether the items are likely to fit one batch. */
  fits(records: number, bytes: number): boolean {
    const { atomicLimit } = this.context.engine.capabilities;
    return records <= atomicLimit.records && bytes <= atomicLimit.bytes / 2;
  }

  /** Whether the engine writes one batch after the other, so that large ones are cheaper than several. */
  get isSerial(): boolean {
    return this.context.engine.capabilities.atomicity === "process";
  }

  private *cut(items: readonly Incoming[]): Generator<readonly Incoming[]> {
    // No more records and bytes than that: usually enough to know that nothing has to be cut.
    const mostRecords = items.length + new Set(items.map(({ traceId }) => traceId)).size;
    const mostBytes = items.reduce((sum, item) => sum + item.bytes, 0);
    if (items.length === 1 || this.fits(mostRecords, mostBytes)) return yield items;
    let from = 0;
    let bytes = 0;
    let keys = new Set<string>();
    for (const [position, { traceId, spanId, bytes: size }] of items.entries()) {
      keys.add(traceId).add(spanKey(traceId, spanId));
      bytes += size;
      if (position === from || this.fits(keys.size, bytes)) continue;
      yield items.slice(from, position);
      from = position;
      bytes = size;
      keys = new Set([traceId, spanKey(traceId, spanId)]);
    }
    if (from < items.length) yield from === 0 ? items : items.slice(from);
  }

  private async commitPart(items: readonly Incoming[]): Promise<number> {
    const isIndexed = await this.builder.isComplete();
    const guess = isIndexed ? this.guess(items) : undefined;
    try {
      if (guess && this.mayWrite(guess.ops, items)) {
        const written = await this.tryGuess(guess, items);
        if (written !== undefined) return written;
      }
      return await modifyBy(this.context.engine, "observability/spans", async () => {
        const plan = await this.read(items, isIndexed);
        if (!this.mayWrite(plan.ops, items)) throw tooLarge;
        return {
          write: plan.ops,
          result: (results) => {
            plan.remember(this.cache, results);
            return plan.removed;
          },
        };
      });
    } catch (error) {
      this.forget(items);
      if (error !== tooLarge) throw error;
      const half = items.length >> 1;
      return (await this.commitPart(items.slice(0, half))) + (await this.commitPart(items.slice(half)));
    }
  }

  /** A batch on what is remembered; a trace and a span that are not are taken for new. */
  private guess(items: readonly Incoming[]): Plan | undefined {
    const snapshot = new Snapshot(this.context.engine.capabilities);
    const created = new Set<string>();
    for (const { kind, traceId, spanId } of items) {
      const index = this.cache.index(traceId);
      if (index) snapshot.index.set(traceId, index);
      const key = spanKey(traceId, spanId);
      const span = this.cache.span(traceId, spanId);
      if (span) snapshot.spans.set(key, span);
      else if (kind === "create") created.add(key);
      else if (!created.has(key)) return undefined;
    }
    const plan = planBatch(items, snapshot, this.context.clock, this.marks);
    return plan instanceof Needs ? undefined : plan;
  }

  private async tryGuess(plan: Plan, items: readonly Incoming[]): Promise<number | undefined> {
    try {
      plan.remember(this.cache, await this.context.engine.write(plan.ops));
      return plan.removed;
    } catch (error) {
      if (!isConflict(error)) throw error;
      this.forget(items);
      return undefined;
    }
  }

  private async read(items: readonly Incoming[], isIndexed: boolean): Promise<Plan> {
    const { engine, clock } = this.context;
    const snapshot = await loadSnapshot(engine, items);
    if (!isIndexed) await this.builder.fillIn(snapshot, new Set(items.map(({ traceId }) => traceId)));
    for (let round = 0; round < mostRounds; round++) {
      const plan = planBatch(items, snapshot, clock, this.marks);
      if (!(plan instanceof Needs)) return plan;
      for (const traceId of plan.index) await this.builder.compute(snapshot, traceId);
      await loadNeeds(engine, snapshot, plan);
    }
    throw new Error("a batch of spans kept asking for more");
  }

  /** A single item is written whatever its size, so that the engine says what is wrong with it. */
  private mayWrite(ops: readonly WriteOp[], items: readonly Incoming[]): boolean {
    return items.length === 1 || fitsAtomically(ops, this.context.engine.capabilities);
  }

  private forget(items: readonly Incoming[]): void {
    for (const { traceId } of items) this.cache.forget(traceId);
  }
}

const tooLarge = Symbol("too large");
