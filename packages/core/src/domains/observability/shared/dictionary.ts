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

interface KnownTrace {
  readonly pieces: Map<string, PieceRef>;
  /** The span that each record was written with. */
  readonly packs: Map<string, string>;
  units: number;
}

/** Where this process has put the pieces of the traces it wrote last. */
export class Dictionary {
  private readonly traces = new Map<string, KnownTrace>();
  private readonly cuts = new Map<string, readonly string[]>();
  private units = 0;
  private readonly mostPacks: number;

  /** @param mostPacks how many records new values of a trace may refer back to: each must be checked when they are written. */
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

  find(traceId: string, piece: string): PieceRef | undefined {
    return this.traces.get(traceId)?.pieces.get(piece);
  }

  spanOf(traceId: string, pack: string): string | undefined {
    return this.traces.get(traceId)?.packs.get(pack);
  }

  /** Remembers a record that was written. A trace with too many begins anew: its values are then kept whole once more. */
  add({ traceId, pack, pieces, spanId }: NewPack): void {
    let trace = this.traces.get(traceId);
    if (trace && trace.packs.size >= this.mostPacks) this.forget(traceId);
    trace = this.traces.get(traceId) ?? { pieces: new Map(), packs: new Map(), units: 0 };
    // Reinserted, so that the map's order is the order of use.
    this.traces.delete(traceId);
    this.traces.set(traceId, trace);
    trace.packs.set(pack, spanId);
    for (const [place, piece] of pieces.entries()) {
      trace.pieces.set(piece, { pack, place });
      trace.units += piece.length;
      this.units += piece.length;
    }
    for (const oldest of this.traces.keys()) {
      if (this.traces.size <= mostTraces && this.units <= mostUnits) return;
      this.forget(oldest);
    }
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
}
