import type { Clock } from "../../../engine/clock.ts";
import type { CallOptions, Engine, WriteOptions } from "../../../engine/engine.ts";
import { aggregate, find, get, type Key, type ReadOp, remove, type WriteOp } from "../../../engine/operations.ts";
import { isConflict, StorageError } from "../../../errors.ts";
import { cutAtomically, fitsAtomically } from "../../shared/batches.ts";
import { readPage } from "../../shared/pages.ts";
import { spans } from "../tables.ts";
import { decodePieces } from "./compression.ts";
import { Dictionary } from "./dictionary.ts";
import { isManifest, type PieceRef, readManifest } from "./manifest.ts";
import { type Packed, packBatch, sharedColumns, shortest } from "./packing.ts";
import { spanParts } from "./tables.ts";

/** Most records that new values of a trace refer back to. */
const mostPacks = 64;

type AnyRow = Record<string, unknown>;

/**
 * Keeps what the spans of a trace repeat once. In an agent loop each model call carries the whole conversation so far; here a
 * batch writes only the pieces that are new, and reads give the values back whole, byte by byte.
 *
 * A value refers only to pieces of its own trace: those written with it, and earlier ones of which this process knows. Of the
 * latter the batch checks that they are still there. They go when the trace has no spans any more.
 */
export class SharedPayloads implements Engine {
  readonly name: string;
  readonly contract: Engine["contract"];
  private readonly inner: Engine;
  private readonly clock: Clock;
  private readonly shortest: number;
  private readonly dictionary: Dictionary;
  /** A quarter of a batch is left to the pieces. */
  readonly capabilities: Engine["capabilities"];

  /** Without `isSharing` values are written whole; those that are in pieces are read all the same. */
  constructor(inner: Engine, clock: Clock, isSharing: boolean) {
    this.shortest = isSharing ? shortest : Number.POSITIVE_INFINITY;
    this.inner = inner;
    this.clock = clock;
    this.name = inner.name;
    this.contract = inner.contract;
    const { atomicLimit, ...rest } = inner.capabilities;
    const records = Math.floor((atomicLimit.records * 3) / 4);
    this.dictionary = new Dictionary(mostPacks);
    this.capabilities = Object.freeze({ ...rest, atomicLimit: Object.freeze({ ...atomicLimit, records }) });
  }

  converge: Engine["converge"] = (tables, options) => this.inner.converge(tables, options);
  close: Engine["close"] = () => this.inner.close();

  removeRange: Engine["removeRange"] = (op, options) => {
    if (op.table === spanParts) this.dictionary.clear();
    return this.inner.removeRange(op, options);
  };

  read: Engine["read"] = async (ops: readonly ReadOp[], options?: CallOptions) => {
    const asked = ops.map(withTrace);
    const results = await this.inner.read(asked, options);
    const rows = asked.flatMap((op, index) =>
      op.table === spans && (op.op === "get" || op.op === "find") ? (results[index] as { rows: AnyRow[] }).rows : [],
    );
    if (await this.assemble(rows, options)) return results as never;
    // A span was written anew, or removed, between the two reads.
    const again = await this.inner.read(asked, options);
    const latest = asked.flatMap((op, index) =>
      op.table === spans && (op.op === "get" || op.op === "find") ? (again[index] as { rows: AnyRow[] }).rows : [],
    );
    if (!(await this.assemble(latest, options))) {
      throw new StorageError("a part of a stored value is missing or cannot be decoded", {
        code: "corrupt",
        details: { table: spans.name },
      });
    }
    return again as never;
  };

  async write(ops: readonly WriteOp[], options?: WriteOptions) {
    const packed = options?.atomic === false ? undefined : this.pack(ops);
    const results = packed ? await this.writePacked(ops, packed, options) : await this.inner.write(ops, options);
    const removed = ops.filter(({ op, table }) => op === "remove" && table === spans).map(traceIdOf);
    await this.sweep([...new Set(removed)]);
    return results;
  }

  /** With reference to earlier pieces if all of it fits one batch, else without, else not at all: values are written whole. */
  private pack(ops: readonly WriteOp[]): Packed | undefined {
    const packed = packBatch(ops, this.dictionary, this.clock, this.shortest);
    if (!packed || this.fits(packed)) return packed;
    const alone = packBatch(ops, new Dictionary(1), this.clock, this.shortest);
    // What looks like a manifest must not stay where it is, whatever the engine says to the batch.
    return alone && (this.fits(alone) || alone.isForced) ? alone : undefined;
  }

  private fits({ before, ops, after }: Packed): boolean {
    return fitsAtomically([...before, ...ops, ...after], this.inner.capabilities);
  }

  private async writePacked(ops: readonly WriteOp[], packed: Packed, options: WriteOptions | undefined) {
    const { before, after, written } = packed;
    const all = [...before, ...packed.ops, ...after];
    try {
      const results = await this.inner.write(all, options);
      for (const [traceId, { packs, referred }] of written) this.dictionary.add(traceId, packs, referred);
      return results.slice(before.length, before.length + ops.length);
    } catch (error) {
      // What this process knows of the traces is wrong: the next try keeps their values whole.
      const isOurs = (index: number) => index < before.length || index >= before.length + ops.length;
      if (isConflict(error) && isOurs(error.refusal.index)) {
        for (const op of ops) if (op.table === spans) this.dictionary.forget(traceIdOf(op));
      }
      throw error;
    }
  }

  /**
   * Removes the pieces of those traces that have no spans any more. Nobody refers to them from then on: a writer that does
   * expects a span that came with them.
   */
  async sweep(traceIds: readonly string[]): Promise<void> {
    if (traceIds.length === 0) return;
    for (const traceId of traceIds) this.dictionary.forget(traceId);
    const op = find(spanParts, { path: "byTrace", eq: { traceId: traceIds }, columns: ["traceId", "pack"] });
    const { rows } = await readPage(this.inner, op);
    const candidates = [...new Set(rows.map(({ traceId }) => traceId))];
    if (candidates.length === 0) return;
    const [{ groups }] = await this.inner.read([
      aggregate(spans, {
        path: "byTrace",
        eq: { traceId: candidates },
        groupBy: [{ column: "traceId" }],
        measures: {},
      }),
    ]);
    const inUse = new Set(groups.map(({ group: [traceId] }) => traceId));
    // The last first, one batch after the other: a writer takes an earlier record for there when the last one is.
    const removals = rows
      .filter(({ traceId }) => !inUse.has(traceId))
      .sort((a, b) => b.pack.length - a.pack.length || (a.pack < b.pack ? 1 : -1))
      .map(({ traceId, pack }) => remove(spanParts, [traceId, pack]));
    for (const run of cutAtomically(removals, this.inner.capabilities)) await this.inner.write(run);
  }

  /** Puts values in the places of their manifests; false when a piece is missing or broken. */
  private async assemble(rows: readonly (AnyRow | undefined)[], options: CallOptions | undefined): Promise<boolean> {
    const holes: { row: AnyRow; column: string; refs: readonly PieceRef[] }[] = [];
    const keys = new Map<string, Key>();
    for (const row of rows) {
      if (!row) continue;
      for (const column of sharedColumns) {
        const refs = isManifest(row[column]) ? readManifest(row[column]) : undefined;
        if (!refs) continue;
        holes.push({ row, column, refs });
        for (const { pack } of refs) keys.set(`${row.traceId as string}\0${pack}`, [row.traceId as string, pack]);
      }
    }
    if (holes.length === 0) return true;
    const [found] = await this.inner.read([get(spanParts, [...keys.values()], ["pieces", "deflated"])], options);
    const pieces = new Map<string, string[]>();
    for (const [place, name] of [...keys.keys()].entries()) {
      const row = found.rows[place];
      if (!row) return false;
      const decoded = await decodePieces(row).catch(() => undefined);
      if (!decoded) return false;
      pieces.set(name, decoded);
    }
    for (const { row, column, refs } of holes) {
      row[column] = refs
        .map(({ pack, place }) => pieces.get(`${row.traceId as string}\0${pack}`)?.[place] ?? "")
        .join("");
    }
    return true;
  }
}

/** A read that says of which trace its rows are, if they may have pieces. */
function withTrace<Op extends ReadOp>(op: Op): Op {
  if (op.table !== spans || (op.op !== "get" && op.op !== "find") || !op.columns) return op;
  const mayHaveParts = sharedColumns.some((column) => op.columns?.includes(column));
  return mayHaveParts && !op.columns.includes("traceId") ? { ...op, columns: [...op.columns, "traceId"] } : op;
}

const traceIdOf = (op: WriteOp): string =>
  op.op === "put" ? (op.row as { traceId: string }).traceId : (op.key[0] as string);
