import type { Clock } from "../../../engine/clock.ts";
import type { Engine } from "../../../engine/engine.ts";
import { type Expectation, find, remove, upsert, type WriteOp } from "../../../engine/operations.ts";
import type { StoredRow } from "../../../engine/table.ts";
import { isConflict, StorageError } from "../../../errors.ts";
import { readPage, walkPages } from "../../shared/pages.ts";
import { traceIndex } from "../tables.ts";
import { isActive, type SlotMarks, slotLength, slotOf } from "./marks.ts";
import { readTraceNumbers } from "./read-traces.ts";
import { SlotTally, type StoredGroup, slotColumns } from "./slot.ts";
import { rollupMarks, rollups } from "./tables.ts";

/** Traces whose spans are read together. */
const tracesAtOnce = 100;
/** Most traces that one call computes numbers of. */
const mostTraces = 1_000_000;

/** Start of a slot, and the next one's. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

interface Known {
  readonly stored: ReadonlyMap<number, StoredRow<typeof rollups>>;
  readonly marks: ReadonlyMap<number, readonly StoredRow<typeof rollupMarks>[]>;
}

/**
 * The numbers of slots. Those of a slot that nobody may be writing are kept; all others are computed from the spans when
 * somebody asks, so that what is returned follows from the spans alone, whatever their order was and whatever was removed.
 */
export class RollupKeeper {
  private readonly engine: Engine;
  private readonly clock: Clock;
  private readonly marks: SlotMarks | undefined;
  private rolling: Promise<void> | undefined;

  /** Without `marks` nothing is kept, and nothing that was kept is trusted. */
  constructor(engine: Engine, clock: Clock, marks: SlotMarks | undefined) {
    this.engine = engine;
    this.clock = clock;
    this.marks = marks;
  }

  /** The groups of every slot that has traces, from `from` up to `to`, both starts of slots. Computed numbers are kept. */
  async read({ from, to }: Stretch): Promise<Map<number, readonly StoredGroup[]>> {
    const known = this.marks ? await this.known({ from, to }) : { stored: new Map(), marks: new Map() };
    const found = new Map<number, readonly StoredGroup[]>();
    for (const [slot, { groups }] of known.stored) {
      if (!known.marks.has(slot)) found.set(slot, JSON.parse(groups) as StoredGroup[]);
    }
    const budget = { left: mostTraces };
    for (const stretch of gaps({ from, to }, found)) await this.fill(stretch, known, found, budget);
    return found;
  }

  /** Computes the slots that this process has left, so that readers find them done. Never rejects. */
  rollIfDue(onError: (error: unknown) => void): void {
    const left = this.rolling ? [] : (this.marks?.takeLeft() ?? []);
    if (left.length === 0) return;
    const roll = async () => {
      for (const slot of left) await this.read({ from: slot, to: slot + slotLength });
    };
    this.rolling = roll()
      .catch(onError)
      .finally(() => {
        this.rolling = undefined;
      });
  }

  private async known({ from, to }: Stretch): Promise<Known> {
    const range = { lower: { at: [from], inclusive: true }, upper: { at: [to], inclusive: false } };
    const { rows: marks } = await readPage(this.engine, find(rollupMarks, { path: "bySlot", range }));
    const { rows: stored } = await readPage(this.engine, find(rollups, { path: "bySlot", range }));
    return {
      stored: new Map(stored.map((row) => [row.slot, row])),
      marks: Map.groupBy(marks, ({ slot }) => slot),
    };
  }

  /** Walks the traces of the stretch once. A slot is done when the walk has passed it. */
  private async fill(
    { from, to }: Stretch,
    known: Known,
    found: Map<number, readonly StoredGroup[]>,
    budget: { left: number },
  ): Promise<void> {
    const now = this.clock.now();
    const range = { lower: { at: [from], inclusive: true }, upper: { at: [to], inclusive: false } };
    const walk = find(traceIndex, { path: "byStart", range, columns: slotColumns });
    const done = new Set<number>();
    let open: { readonly slot: number; readonly tally: SlotTally } | undefined;
    const finish = async () => {
      if (!open) return;
      const groups = open.tally.result();
      found.set(open.slot, groups);
      done.add(open.slot);
      await this.save(open.slot, groups, known, now);
    };
    for await (const rows of walkPages(this.engine, walk, tracesAtOnce)) {
      if ((budget.left -= rows.length) < 0) throw tooMany();
      const numbers = await readTraceNumbers(
        this.engine,
        rows.map(({ traceId }) => traceId),
      );
      for (const row of rows) {
        const slot = slotOf(row.startedAt as number);
        if (open?.slot !== slot) {
          await finish();
          open = { slot, tally: new SlotTally() };
        }
        const trace = numbers.get(row.traceId);
        if (trace) open.tally.add(row, trace);
      }
    }
    await finish();
    // Slots that have lost their traces.
    for (const slot of new Set([...known.stored.keys(), ...known.marks.keys()])) {
      if (slot >= from && slot < to && !done.has(slot)) await this.save(slot, [], known, now);
    }
  }

  /**
   * Keeps the numbers of a slot that nobody was writing when they were computed, and removes its marks. Somebody else may have
   * kept them meanwhile, or marked the slot again: then they stay as they are.
   */
  private async save(slot: number, groups: readonly StoredGroup[], known: Known, now: number): Promise<void> {
    const marks = known.marks.get(slot) ?? [];
    if (!this.marks || marks.some((mark) => isActive(mark, now))) return;
    const stored = known.stored.get(slot);
    const expect: Expectation = stored ? { rev: stored._rev } : "absent";
    const ops: WriteOp[] = marks.map(({ writer, _rev: rev }) => remove(rollupMarks, [slot, writer], { rev }));
    if (groups.length > 0) {
      ops.push(upsert(rollups, { slot, computedAt: now, groups: JSON.stringify(groups) }, { expect }));
    } else if (stored) ops.push(remove(rollups, [slot], expect));
    if (ops.length === 0 || ops.length > this.engine.capabilities.atomicLimit.records) return;
    try {
      await this.engine.write(ops);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

/** The stretches of slots that are not known. */
function* gaps({ from, to }: Stretch, known: ReadonlyMap<number, unknown>): Generator<Stretch> {
  let start = from;
  for (const slot of [...known.keys()].sort((a, b) => a - b)) {
    if (slot > start) yield { from: start, to: slot };
    start = slot + slotLength;
  }
  if (start < to) yield { from: start, to };
}

const tooMany = () =>
  new StorageError("too many traces to compute numbers of; narrow the range", {
    code: "resource_limit",
    details: { table: traceIndex.name, rows: mostTraces },
  });
