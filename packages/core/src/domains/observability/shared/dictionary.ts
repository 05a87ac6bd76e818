import { cut } from "./cut.ts";
import type { PieceRef } from "./manifest.ts";

/** Most traces, and most UTF-16 units of their pieces, that are remembered. */
const mostTraces = 1000;
const mostUnits = 16 * 1024 * 1024;

/** Most values whose pieces are remembered to cut the next one faster, and the longest of them in UTF-16 units. */
const mostCuts = 200;
const longestCut = 256 * 1024;

/** A record of pieces. */
export interface NewPack {
  readonly traceId: string;
  readonly pack: string;
  readonly pieces: string[];
  /** A span that was written with it. */
  readonly spanId: string;
}

/**
 * Records of a trace that are there as long as the last of them is, and the span that came with that one. Each batch that adds
 * to a run has checked its last record before, and pieces of a trace are removed from the last record on.
 */
export interface Run {
  readonly last: string;
  readonly spanId: string;
}

interface KnownTrace {
  readonly pieces: Map<string, PieceRef>;
  /** Some pieces of values that were kept whole. */
  readonly met: Set<string>;
  /** The run that each record belongs to. */
  readonly runs: Map<string, Run>;
  units: number;
}

/** Where this process has put the pieces of the traces it wrote last. */
export class Dictionary {
  private readonly traces = new Map<string, KnownTrace>();
  private readonly cuts = new Map<string, readonly string[]>();
  private units = 0;
  private readonly mostPacks: number;

  /** @param mostPacks how many records of a trace new values may refer back to: a reader of such a value reads them all. */
  constructor(mostPacks: number) {
    this.mostPacks = mostPacks;
  }

  /** The pieces of the value; of the last value in that place of the trace nothing is cut again that the two begin with. */
  cut(traceId: string, column: string, text: string): readonly string[] {
    const key = `${traceId}\0${column}`;
    const pieces = cut(text, this.cuts.get(key));
    this.cuts.delete(key);
    if (text.length > longestCut) return pieces;
    this.cuts.set(key, pieces);
    const [oldest] = this.cuts.size > mostCuts ? this.cuts.keys() : [];
    if (oldest !== undefined) this.cuts.delete(oldest);
    return pieces;
  }

  /**
   * Whether a value has a piece that the trace had before. One that has none is remembered, to know it when it comes again. Looks
   * at the first piece and, chosen by what is in them, at a quarter of the others.
   */
  isRepeated(traceId: string, pieces: readonly string[]): boolean {
    const known = this.traces.get(traceId);
    const sample = pieces.filter((piece, index) => index === 0 || (piece.length & 3) === 0);
    if (known && sample.some((piece) => known.pieces.has(piece) || known.met.has(piece))) return true;
    const trace = this.use(traceId);
    for (const piece of sample) {
      trace.met.add(piece);
      this.grow(trace, piece);
    }
    this.evict();
    return false;
  }

  find(traceId: string, piece: string): PieceRef | undefined {
    return this.traces.get(traceId)?.pieces.get(piece);
  }

  runOf(traceId: string, pack: string): Run | undefined {
    return this.traces.get(traceId)?.runs.get(pack);
  }

  /**
   * Remembers the records of a trace that one batch wrote, after it checked the runs that it referred to. A trace with too many
   * records begins anew: its values are then kept whole once more.
   */
  add(traceId: string, packs: readonly NewPack[], referred: ReadonlySet<Run>): void {
    const newest = packs.at(-1);
    if (!newest) return;
    const before = this.traces.get(traceId);
    if (before && before.runs.size + packs.length > this.mostPacks) this.forget(traceId);
    const trace = this.use(traceId);
    const joined: Run = { last: newest.pack, spanId: newest.spanId };
    for (const [pack, run] of trace.runs) if (referred.has(run)) trace.runs.set(pack, joined);
    for (const { pack, pieces } of packs) {
      trace.runs.set(pack, joined);
      for (const [place, piece] of pieces.entries()) {
        trace.pieces.set(piece, { pack, place });
        this.grow(trace, piece);
      }
    }
    this.evict();
  }

  forget(traceId: string): void {
    this.units -= this.traces.get(traceId)?.units ?? 0;
    this.traces.delete(traceId);
  }

  clear(): void {
    this.traces.clear();
    this.cuts.clear();
    this.units = 0;
  }

  /** The trace, reinserted: the map's order is the order of use. */
  private use(traceId: string): KnownTrace {
    const trace = this.traces.get(traceId) ?? { pieces: new Map(), met: new Set(), runs: new Map(), units: 0 };
    this.traces.delete(traceId);
    this.traces.set(traceId, trace);
    return trace;
  }

  private grow(trace: KnownTrace, piece: string): void {
    trace.units += piece.length;
    this.units += piece.length;
  }

  private evict(): void {
    for (const oldest of this.traces.keys()) {
      if (this.traces.size <= mostTraces && this.units <= mostUnits) return;
      this.forget(oldest);
    }
  }
}
