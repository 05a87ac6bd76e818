import type { Capabilities } from "../../engine/capabilities.ts";
import { type Clock, systemClock } from "../../engine/clock.ts";
import type { CallOptions, Engine } from "../../engine/engine.ts";
import { compileFilter } from "../../engine/evaluate.ts";
import { allOf, type Filter } from "../../engine/filter.ts";
import { find, get, type Page, type RemoveRange, type RemoveRangeResult, remove } from "../../engine/operations.ts";
import { keyOf, type Table } from "../../engine/table.ts";
import { removeWalk } from "../batches/remove-walk.ts";
import { unpackKey } from "../pack-key.ts";
import { forward, type Layer } from "../stack.ts";
import { chunks, getMarks, manifestIn, wideColumns } from "./chunks.ts";
import { readWhole } from "./read.ts";
import { sweep } from "./sweep.ts";
import { hardCap, type Sizes, type TableMemory, writeWhole } from "./write.ts";

export interface OverflowOptions {
  readonly clock?: Clock;
  /** The largest value, in bytes of UTF-8, that stays in its column. Default, and at most: what the engine takes. */
  readonly inlineBytes?: number;
  /** The largest chunk, in bytes. Default, and at most: what the engine takes. */
  readonly chunkBytes?: number;
  /** How long it is believed that a table has no chunks, in milliseconds. Default 30 seconds. */
  readonly trust?: number;
}

/**
 * Lifts the size of values to 64 MiB. What is larger than the engine takes, or does not fit into a batch beside the others,
 * is deflated and stored in chunk records of a table `stowage_chunks`; its column holds a manifest. Keys, paths and unique
 * keys keep the engine's limits.
 *
 * Works without transactions: chunks are written first, the record with the manifest in the caller's own batch, and chunks
 * of the replaced value are removed last. A reader who meets a value that is being replaced reads again. What a killed
 * process leaves behind is swept up by later writes of large values and by `removeRange`.
 *
 * A patch of other columns leaves the chunks of a value alone. Filters and aggregates over columns that may hold large
 * values are the engine's as long as their table has no chunks, and are evaluated on the whole values otherwise.
 *
 * Belongs outside of `retry` and `journal`, whose batches it uses.
 */
export function overflow(options: OverflowOptions = {}): Layer {
  return (inner) => {
    const clock = options.clock ?? systemClock();
    const tables = new Tables(inner, clock, options.trust ?? 30_000);
    const sizes = () => sizesFor(inner.capabilities, options);
    let known: { readonly inner: Capabilities; readonly raised: Capabilities } | undefined;
    const engine = forward(inner, {
      get capabilities() {
        if (known?.inner !== inner.capabilities)
          known = { inner: inner.capabilities, raised: raise(inner.capabilities) };
        return known.raised;
      },
      converge: async (wanted, call) => {
        const converged = await inner.converge(wanted.includes(chunks) ? wanted : [...wanted, chunks], call);
        await tables.learn(wanted, call);
        return converged;
      },
      read: ((ops, call) => readWhole(inner, ops, call)) as Engine["read"],
      write: async (ops, call) => {
        const results = await writeWhole(inner, { clock, sizes: sizes(), tables }, ops, call);
        await tables.sweepDue(call);
        return results;
      },
      removeRange: async (op, call) => {
        if (wideColumns(op.table).length === 0 || !(await tables.hasChunks(op.table, call)))
          return inner.removeRange(op, call);
        const result =
          op.path === undefined
            ? await clear(engine, inner, op, call)
            : await removeWalk(engine, op as typeof op & { path: string }, call);
        await tables.sweep(op.table, call);
        return result;
      },
    });
    return engine;
  };
}

function raise(inner: Capabilities): Capabilities {
  const bytes = Number.MAX_SAFE_INTEGER;
  return Object.freeze({
    ...inner,
    maxValueBytes: Math.max(inner.maxValueBytes, hardCap),
    atomicLimit: Object.freeze({ ...inner.atomicLimit, bytes }),
  });
}

function sizesFor({ maxValueBytes, bulkLimit, atomicLimit }: Capabilities, options: OverflowOptions): Sizes {
  return {
    inline: Math.min(options.inlineBytes ?? maxValueBytes, maxValueBytes),
    // Base64 is ASCII: a character is a byte. Some room is left for the other columns of a chunk.
    chunk: Math.max(1, Math.min(options.chunkBytes ?? maxValueBytes, maxValueBytes, bulkLimit.bytes - 4_096)),
    batch: atomicLimit.bytes / 2,
  };
}

/** Removes rows of a whole table: first those with chunks, which the chunks name, then the rest. */
async function clear(
  engine: Engine,
  inner: Engine,
  op: RemoveRange,
  options: CallOptions | undefined,
): Promise<RemoveRangeResult> {
  const { table, filter, limit } = op;
  const most = Math.min(limit, inner.capabilities.atomicLimit.records);
  const test = filter ? compileFilter(table, filter) : () => true;
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const walk = find(chunks, { path: "byTable", eq: { table: table.name }, limit: most, columns: ["owner"] });
    const [page] = (await inner.read([cursor === undefined ? walk : { ...walk, cursor }], options)) as [
      Page<typeof chunks>,
    ];
    const owners = [...new Set(page.rows.map((row) => row.owner))].map(unpackKey);
    const [{ rows }] = await engine.read([get(table, owners)], options);
    const victims = rows.filter((row) => row !== undefined && test(row));
    if (victims.length > 0) {
      const removals = victims.map((row) => remove(table, keyOf(table, row as never)));
      await engine.write(removals, options);
      return { removed: victims.length, done: false };
    }
    cursor = page.cursor;
  }
  const plain =
    filter &&
    allOf(filter, ...wideColumns(table).map((column): Filter => ({ op: "not", arg: manifestIn(table, column) })));
  return inner.removeRange(plain ? { ...op, filter: plain } : op, options);
}

/** What the layer remembers of tables: which have chunks, and where the last sweep stopped. */
class Tables implements TableMemory {
  private readonly inner: Engine;
  private readonly clock: Clock;
  private readonly trust: number;
  private readonly chunked = new Set<string>();
  /** The tables that may have chunks and had none when last asked. */
  private readonly plain = new Set<string>();
  private trustedUntil = Number.NEGATIVE_INFINITY;
  private readonly positions = new Map<string, string | undefined>();
  private due: Table[] = [];

  constructor(inner: Engine, clock: Clock, trust: number) {
    this.inner = inner;
    this.clock = clock;
    this.trust = trust;
  }

  /** Asks for all the tables in one request, so that the first calls need none of their own. */
  async learn(wanted: readonly Table[], options: CallOptions | undefined): Promise<void> {
    for (const table of wanted)
      if (!this.chunked.has(table.name) && wideColumns(table).length > 0) this.plain.add(table.name);
    await this.ask(options);
  }

  async hasChunks({ name }: Table, options: CallOptions | undefined): Promise<boolean> {
    if (this.chunked.has(name)) return true;
    if (this.plain.has(name) && this.trustedUntil > this.clock.now()) return false;
    this.plain.add(name);
    await this.ask(options);
    return this.chunked.has(name);
  }

  private async ask(options: CallOptions | undefined): Promise<void> {
    const names = [...this.plain];
    if (names.length === 0) return;
    const trustedUntil = this.clock.now() + this.trust;
    const [{ rows }] = await this.inner.read([getMarks(names)], options);
    for (const [index, name] of names.entries()) if (rows[index]) this.chunk(name);
    this.trustedUntil = trustedUntil;
  }

  private chunk(name: string): void {
    this.chunked.add(name);
    this.plain.delete(name);
  }

  isMarked({ name }: Table): boolean {
    return this.chunked.has(name);
  }

  noteChunks(table: Table): void {
    this.chunk(table.name);
    this.due.push(table);
  }

  /** Sweeps the tables that got chunks since the last time. */
  async sweepDue(options: CallOptions | undefined): Promise<void> {
    const tables = this.due.splice(0);
    for (const table of new Set(tables)) await this.sweep(table, options);
  }

  /** A failed sweep is no failure of the call it follows. */
  async sweep(table: Table, options: CallOptions | undefined): Promise<void> {
    const position = this.positions.get(table.name);
    const next = await sweep(this.inner, table, this.clock, position, options).catch(() => undefined);
    this.positions.set(table.name, next);
  }
}
