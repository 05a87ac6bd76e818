import type { Capabilities } from "../../../engine/capabilities.ts";
import type { KnownSpan } from "../spans/draft.ts";
import type { GivenChange } from "../spans/incoming.ts";
import type { IndexRow } from "../tables.ts";
import type { RootSource } from "../traces/index-row.ts";

/** An index row; `rev` 0 when none is stored. */
export interface KnownIndexRow {
  readonly row: IndexRow;
  readonly rev: number;
  /** The row was computed from the trace's spans, so that what is stored may differ from it in every column. */
  readonly isComputed?: true;
}

/** A parked record: updates of one span in the order of their arrival. */
export interface ParkedRecord {
  readonly spanId: string;
  readonly arrival: number;
  readonly createdAt: number;
  readonly updates: readonly GivenChange[];
}

/** What a batch knows of the database. Whether it is still true is decided by the revisions that the batch expects. */
export class Snapshot {
  readonly index = new Map<string, KnownIndexRow>();
  readonly spans = new Map<string, KnownSpan>();
  /** Parked updates by trace; absent when they were not read. */
  readonly parked = new Map<string, readonly ParkedRecord[]>();
  /** Spans that may be the root, by trace; absent when they were not read. */
  readonly candidates = new Map<string, readonly RootSource[]>();
  /** Whether the engine applies batches as a whole, also when the process dies. */
  readonly isAtomic: boolean;

  constructor({ atomicity }: Capabilities) {
    this.isAtomic = atomicity !== "process";
  }
}

/** What a batch turned out to need besides. */
export class Needs {
  readonly spans = new Map<string, readonly [traceId: string, spanId: string]>();
  readonly parked = new Set<string>();
  readonly candidates = new Set<string>();
  /** Traces whose index row must be computed from their spans. */
  readonly index = new Set<string>();

  get any(): boolean {
    return this.spans.size > 0 || this.parked.size > 0 || this.candidates.size > 0 || this.index.size > 0;
  }
}

/** One text for a span's key: identity keys hold no U+0000. */
export const spanKey = (traceId: string, spanId: string): string => `${traceId}\0${spanId}`;
