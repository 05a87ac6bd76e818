import type { Clock } from "../../../engine/clock.ts";
import type { EngineValue } from "../../../engine/column.ts";
import type { Engine } from "../../../engine/engine.ts";
import type { Filter } from "../../../engine/filter.ts";
import { type Find, find } from "../../../engine/operations.ts";
import type { Table } from "../../../engine/table.ts";
import { readPage } from "../../shared/pages.ts";
import { type DeltaPlace, decodePlace, encodePlace } from "./cursor.ts";

/** For how long after its stamp a record of another process may become visible, in microseconds as stamps are. */
const overlap = 10_000_000;
/** Most stamps that a cursor names: it must fit where a URL does. */
const mostTold = 512;

/** Records of one kind in the order in which they were stamped. */
export interface StampedWalk {
  readonly kind: string;
  readonly table: Table;
  readonly path: string;
  /** The column that the path sorts by. */
  readonly stamp: string;
  readonly filter?: Filter | undefined;
  readonly columns: readonly string[];
}

export interface Poll {
  readonly rows: Record<string, EngineValue>[];
  readonly delta: { limit: number; hasMore: boolean };
  readonly deltaCursor: string;
}

/**
 * Polls for what is new. Records carry a stamp from the clock of the process that wrote them, so one may become visible after
 * another with a later stamp. A cursor therefore holds a stamp below which everything has been told and names what was told
 * above it: whatever appears between is still told. This store's own writes hold that stamp back until they are through,
 * however long that takes; to other processes it leaves ten seconds, and less where more than 512 records come in that time.
 */
export class Deltas {
  private readonly engine: Engine;
  private readonly clock: Clock;
  private readonly inFlight = new Set<number>();

  constructor(engine: Engine, clock: Clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /** Runs a write whose records are stamped while it runs. */
  async track<Result>(write: () => Promise<Result>): Promise<Result> {
    const stamp = this.clock.sequence();
    this.inFlight.add(stamp);
    try {
      return await write();
    } finally {
      this.inFlight.delete(stamp);
    }
  }

  /** To be called before a page is read; what it gives makes the page's cursor from the stamps of its rows. */
  beforePage(kind: string): (stamps: readonly number[]) => string {
    const settled = this.settled();
    const floor = this.floor();
    return (stamps) => encodePlace(kind, trimmed({ settled, told: stamps }, floor));
  }

  /** Without a cursor: nothing but the cursor from which to go on. */
  async poll(walk: StampedWalk, after: string | undefined, limit: number): Promise<Poll> {
    if (after === undefined) return { rows: [], delta: { limit, hasMore: false }, deltaCursor: await this.head(walk) };
    const { settled, told } = decodePlace(walk.kind, after);
    // Taken before the rows are read: what comes meanwhile is not passed over.
    const nowSettled = this.settled();
    const floor = this.floor();
    const room = Math.max(0, mostTold - told.filter((stamp) => stamp > floor).length);
    const known = new Set(told);
    const { rows } = await readPage(this.engine, this.walk(walk, settled, limit + told.length + 1));
    const stampOf = (row: object) => (row as Record<string, number>)[walk.stamp] as number;
    const fresh = rows.filter((row) => !known.has(stampOf(row)));
    const page = fresh.slice(0, Math.min(limit, room));
    const hasMore = fresh.length > page.length;
    const last = page.at(-1);
    const reached = hasMore ? Math.min(nowSettled, last ? stampOf(last) : settled) : nowSettled;
    const place = { settled: Math.max(settled, reached), told: [...told, ...page.map(stampOf)] };
    return {
      rows: page as unknown as Poll["rows"],
      delta: { limit, hasMore },
      deltaCursor: encodePlace(walk.kind, trimmed(place, floor)),
    };
  }

  /** The place after everything that is visible now. */
  private async head(walk: StampedWalk): Promise<string> {
    const settled = this.settled();
    const floor = this.floor();
    const { filter: _any, ...all } = walk;
    const op = this.walk({ ...all, columns: [walk.stamp] }, settled, mostTold);
    const { rows } = await readPage(this.engine, { ...op, direction: "desc" });
    const told = rows.map((row) => (row as unknown as Record<string, number>)[walk.stamp] as number);
    const oldest = told.length === mostTold ? Math.min(...told) : settled;
    return encodePlace(walk.kind, trimmed({ settled: Math.min(oldest, floor), told }, floor));
  }

  private walk({ table, path, stamp, filter, columns }: StampedWalk, after: number, limit: number): Find {
    return find(table, {
      path: path as never,
      range: { lower: { at: [after], inclusive: false } },
      ...(filter && { filter }),
      columns: [...new Set([...columns, stamp, ...table.key])],
      limit,
    }) as Find;
  }

  /** Below the stamps of this store's own writes that are under way. */
  private floor(): number {
    return Math.min(Number.MAX_SAFE_INTEGER, ...[...this.inFlight].map((stamp) => stamp - 1));
  }

  private settled(): number {
    return Math.max(0, Math.min(this.clock.now() * 1000 - overlap, this.floor()));
  }
}

/** In order, without what is settled, and with no more stamps than a cursor may name; `settled` stays below `floor`. */
function trimmed({ settled, told }: DeltaPlace, floor: number): DeltaPlace {
  const above = [...new Set(told)].filter((stamp) => stamp > settled).sort((a, b) => a - b);
  const surplus = above.length - mostTold;
  if (surplus <= 0) return { settled, told: above };
  const next = Math.min(floor, above[surplus - 1] as number);
  return { settled: Math.max(settled, next), told: above.slice(surplus) };
}
