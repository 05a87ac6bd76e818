import type { Clock } from "../../../engine/clock.ts";
import { upsert, type WriteOp } from "../../../engine/operations.ts";
import { rollupMarks } from "./tables.ts";

/** Length of a slot in milliseconds. */
export const slotLength = 15 * 60 * 1000;
export const slotOf = (time: number): number => Math.floor(time / slotLength) * slotLength;

/** How long a mark speaks, and how long before that a writer renews it. */
const lease = 60_000;
const renewal = 5_000;
/** How much longer readers heed it: for a batch that was under way, and for clocks that differ. */
const grace = 60_000;

/** Whether a writer that made this mark may still be writing. */
export const isActive = ({ until }: { readonly until: number }, now: number): boolean => until + grace >= now;

/**
 * The marks of one writer. A mark goes with the first batch that touches a slot, and speaks for a minute of batches: to mark
 * every batch, or to check a common mark with each, would cost them all.
 */
export class SlotMarks {
  private readonly clock: Clock;
  private readonly writer = crypto.randomUUID();
  private readonly leases = new Map<number, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Writes that a batch which touches these slots must carry: usually none. */
  opsFor(slots: Iterable<number>): WriteOp[] {
    const now = this.clock.now();
    const ops: WriteOp[] = [];
    for (const slot of slots) {
      const until = this.leases.get(slot);
      if (until !== undefined && now < until - renewal && now >= until - lease) continue;
      ops.push(upsert(rollupMarks, { slot, writer: this.writer, until: now + lease }));
    }
    return ops;
  }

  /** Remembers marks that were written. */
  keep(ops: readonly WriteOp[]): void {
    for (const op of ops) {
      if (op.op !== "put") continue;
      const { slot, until } = op.row as { slot: number; until: number };
      this.leases.set(slot, until);
    }
  }

  /** Slots that this writer has left, each named once. */
  takeLeft(): number[] {
    const now = this.clock.now();
    const left = [...this.leases].filter(([, until]) => !isActive({ until }, now)).map(([slot]) => slot);
    for (const slot of left) this.leases.delete(slot);
    return left;
  }

  clear(): void {
    this.leases.clear();
  }
}
