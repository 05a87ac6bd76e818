import type { Clock } from "../../../engine/clock.ts";
import { check, insert, type Patch, type Put, type WriteOp } from "../../../engine/operations.ts";
import { spans } from "../tables.ts";
import { encodePieces } from "./compression.ts";
import type { Dictionary, NewPack, Run } from "./dictionary.ts";
import { isManifest, type PieceRef, writeManifest } from "./manifest.ts";
import { spanParts } from "./tables.ts";

/** Columns whose values may be kept in pieces. No condition ever looks into them. */
export const sharedColumns = ["attributes", "input", "output", "requestContext", "otel"] as const;

type SpanWrite = (Put | Patch) & { readonly table: typeof spans };
type Values = Readonly<Record<string, unknown>>;

/** A batch with its large values in pieces: new pieces first, then what the caller writes, then checks of what it refers to. */
export interface Packed {
  /** The new pieces by trace, with the earlier ones that the batch refers to. */
  readonly written: ReadonlyMap<string, { readonly packs: readonly NewPack[]; readonly referred: ReadonlySet<Run> }>;
  readonly before: readonly WriteOp[];
  readonly ops: readonly WriteOp[];
  readonly after: readonly WriteOp[];
  /** A value looks like a manifest and must not stay where it is. */
  readonly isForced: boolean;
}

/** Shorter values stay where they are. */
export const shortest = 1024;
/** Where a batch makes a record of a trace's pieces anyway, values from this length on go with it, at the cost of no other. */
const shortestBeside = 192;

/** Puts values of at least `length` units in pieces; `undefined` when the batch holds none. */
export function packBatch(
  ops: readonly WriteOp[],
  dictionary: Dictionary,
  clock: Clock,
  length: number,
): Packed | undefined {
  if (!ops.some((op) => isSpanWrite(op) && largeColumns(op, length).length > 0)) return undefined;
  const packing = new Packing(dictionary, clock, length);
  // Roots first, in records of their own: lists read roots, and should read little else.
  for (const op of ops) if (isSpanWrite(op) && isRoot(op)) packing.add(op, "root");
  for (const op of ops) if (isSpanWrite(op) && !isRoot(op)) packing.add(op, "rest");
  for (const op of ops) if (isSpanWrite(op)) packing.addBeside(op, isRoot(op) ? "root" : "rest");
  return packing.finish(ops);
}

const isSpanWrite = (op: WriteOp): op is SpanWrite => op.table === spans && (op.op === "put" || op.op === "patch");
const valuesOf = (op: SpanWrite): Values => (op.op === "put" ? op.row : (op.set ?? {}));
const traceOf = (op: SpanWrite): string =>
  op.op === "put" ? (op.row as { traceId: string }).traceId : (op.key[0] as string);
const spanOf = (op: SpanWrite): string =>
  op.op === "put" ? (op.row as { spanId: string }).spanId : (op.key[1] as string);
const isRoot = (op: SpanWrite) => valuesOf(op).parentSpanId === null;

function largeColumns(op: SpanWrite, length: number): readonly (typeof sharedColumns)[number][] {
  const values = valuesOf(op);
  return sharedColumns.filter((column) => {
    const value = values[column];
    return typeof value === "string" && (value.length >= length || isManifest(value));
  });
}

class Packing {
  private readonly dictionary: Dictionary;
  private readonly clock: Clock;
  private readonly length: number;
  private readonly packs = new Map<string, NewPack>();
  private readonly fresh = new Map<string, PieceRef>();
  private readonly changed = new Map<SpanWrite, Record<string, string>>();
  private readonly referred = new Map<string, Set<Run>>();

  constructor(dictionary: Dictionary, clock: Clock, length: number) {
    this.dictionary = dictionary;
    this.clock = clock;
    this.length = length;
  }

  add(op: SpanWrite, group: string): void {
    const traceId = traceOf(op);
    for (const column of largeColumns(op, this.length)) {
      const value = valuesOf(op)[column] as string;
      const pieces = this.dictionary.cut(traceId, column, value);
      // What comes for the first time may never come again: to keep it in pieces would cost a record for nothing.
      if (isManifest(value) || this.isRepeated(traceId, pieces)) this.put(op, column, pieces, group);
    }
  }

  /**
   * The other values of a trace whose pieces get a record now: they shrink in it, and what an answer says is there when the next
   * question repeats it.
   */
  addBeside(op: SpanWrite, group: string): void {
    const traceId = traceOf(op);
    if (!this.packs.has(nameOf(traceId, group))) return;
    for (const column of largeColumns(op, shortestBeside)) {
      if (this.changed.get(op)?.[column] !== undefined) continue;
      this.put(op, column, this.dictionary.cut(traceId, column, valuesOf(op)[column] as string), group);
    }
  }

  private put(op: SpanWrite, column: string, pieces: readonly string[], group: string): void {
    const refs = pieces.map((piece) => this.place(traceOf(op), piece, group, spanOf(op)));
    const changes = this.changed.get(op) ?? {};
    changes[column] = writeManifest(refs);
    this.changed.set(op, changes);
  }

  finish(ops: readonly WriteOp[]): Packed {
    const packs = [...this.packs.values()];
    const createdAt = this.clock.now();
    const byTrace = Map.groupBy(packs, ({ traceId }) => traceId);
    return {
      written: new Map(
        [...byTrace].map(([traceId, ofTrace]) => [
          traceId,
          { packs: ofTrace, referred: this.referred.get(traceId) ?? new Set() },
        ]),
      ),
      isForced: [...this.changed.keys()].some((op) => sharedColumns.some((column) => isManifest(valuesOf(op)[column]))),
      before: packs.map(({ traceId, pack, pieces }) =>
        insert(spanParts, { traceId, pack, createdAt, ...encodePieces(pieces) }),
      ),
      ops: ops.map((op) => {
        const changes = this.changed.get(op as SpanWrite);
        if (!changes) return op;
        return op.op === "put"
          ? ({ ...op, row: { ...op.row, ...changes } } as WriteOp)
          : ({ ...op, set: { ...(op as Patch).set, ...changes } } as WriteOp);
      }),
      after: [...this.referred].flatMap(([traceId, runs]) => [...runs].flatMap((run) => evidence(traceId, run))),
    };
  }

  private isRepeated(traceId: string, pieces: readonly string[]): boolean {
    const isFresh = this.fresh.size > 0 && pieces.some((piece) => this.fresh.has(`${traceId}\0${piece}`));
    return isFresh || this.dictionary.isRepeated(traceId, pieces);
  }

  private place(traceId: string, piece: string, group: string, spanId: string): PieceRef {
    const known = this.dictionary.find(traceId, piece);
    if (known) {
      const referred = this.referred.get(traceId) ?? new Set();
      this.referred.set(traceId, referred.add(this.dictionary.runOf(traceId, known.pack) as Run));
      return known;
    }
    const key = `${traceId}\0${piece}`;
    const found = this.fresh.get(key);
    if (found) return found;
    const name = nameOf(traceId, group);
    let pack = this.packs.get(name);
    if (!pack) this.packs.set(name, (pack = { traceId, pack: this.clock.sequence().toString(36), pieces: [], spanId }));
    const ref = { pack: pack.pack, place: pack.pieces.push(piece) - 1 };
    this.fresh.set(key, ref);
    return ref;
  }
}

const nameOf = (traceId: string, group: string) => `${traceId}\0${group}`;

/** That the run's last record is there, and a span that came with it: as long as a trace has spans its pieces stay. */
const evidence = (traceId: string, { last, spanId }: Run): WriteOp[] => [
  check(spanParts, [traceId, last], "exists"),
  check(spans, [traceId, spanId], "exists"),
];
