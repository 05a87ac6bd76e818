import { checkBatch } from "../../engine/batch.ts";
import type { Clock } from "../../engine/clock.ts";
import type { CallOptions, Engine, WriteOptions } from "../../engine/engine.ts";
import { describeKey, encodeTuple } from "../../engine/keys.ts";
import { get, type Key, remove, upsert, type WriteOp, type WriteResult } from "../../engine/operations.ts";
import { keyOf, type Row, type Table } from "../../engine/table.ts";
import { type ErrorCode, isStorageError, StorageError } from "../../errors.ts";
import { pack, utf8Length } from "../pack.ts";
import { packKey } from "../pack-key.ts";
import { type AnyRow, chunkKeys } from "./assemble.ts";
import { chunks, isManifest, type Manifest, readManifest, tableMark, wideColumns, writeManifest } from "./chunks.ts";

/** The largest value of one column, however it is stored. Larger things belong into an object store. */
export const hardCap = 64 * 1024 * 1024;

/** A stored state of a value, and whose it is. */
interface Generation extends Pick<Manifest, "generation" | "count"> {
  readonly record: string;
  readonly column: string;
}

interface Prepared {
  /** The batch with manifests in the places of large values. */
  readonly ops: readonly WriteOp[];
  readonly generations: readonly Generation[];
  readonly chunkRows: readonly Row<typeof chunks>[];
}

/** In bytes of UTF-8: the largest value that stays in its column, the largest chunk, and what a batch should hold at most. */
export interface Sizes {
  readonly inline: number;
  readonly chunk: number;
  readonly batch: number;
}

export interface Writing {
  readonly clock: Clock;
  readonly sizes: Sizes;
  readonly tables: TableMemory;
}

/** What the layer knows about its tables between calls. */
export interface TableMemory {
  /** Whether a table has chunks; asked again from time to time, since another process may have written the first. */
  hasChunks(table: Table, options: CallOptions | undefined): Promise<boolean>;
  /** Whether the database surely knows that a table has chunks. */
  isMarked(table: Table): boolean;
  /** A table got chunks, and the database knows. */
  noteChunks(table: Table): void;
}

/**
 * Writes a batch: chunks first, where nobody reads yet; then the records with their manifests, in one batch as the caller
 * gave it; then the chunks that nothing refers to any more go.
 */
export async function writeWhole(
  inner: Engine,
  { clock, sizes, tables }: Writing,
  ops: readonly WriteOp[],
  options: WriteOptions | undefined,
): Promise<WriteResult[]> {
  checkBatch(ops, options);
  const large = largeValues(ops, sizes);
  const replacing = await replacingOps(ops, tables, options);
  if (large.size === 0 && replacing.length === 0) return inner.write(ops, options);

  const prepared = await prepare(ops, large, sizes.chunk, clock);
  const stored = await storedGenerations(inner, replacing, options);
  const { chunkRows, generations } = prepared;
  const growing = [...new Set([...large.keys()].map(({ table }) => table))];
  const marks = growing.filter((table) => !tables.isMarked(table)).map(({ name }) => tableMark(name));
  await putChunks(inner, [...marks, ...chunkRows], options);
  for (const table of growing) tables.noteChunks(table);
  let results: WriteResult[];
  try {
    results = await inner.write(prepared.ops, options);
  } catch (error) {
    if (options?.atomic !== false && wasNotApplied(error)) await removeChunks(inner, generations);
    throw error;
  }
  const { unused, replaced } = settle(ops, results, generations, stored);
  await removeChunks(inner, [...unused, ...replaced]);
  return results;
}

/** The columns of each operation whose values go into chunks. */
function largeValues(ops: readonly WriteOp[], sizes: Sizes): Map<WriteOp, Map<string, string>> {
  const large = new Map<WriteOp, Map<string, string>>();
  const small: { op: WriteOp; column: string; value: string; bytes: number }[] = [];
  const choose = (op: WriteOp, column: string, value: string) => {
    const columns = large.get(op) ?? new Map<string, string>();
    large.set(op, columns.set(column, value));
  };
  let total = 0;
  for (const op of ops) {
    total += 256;
    const values = valuesOf(op);
    for (const column of wideColumns(op.table)) {
      const value = values[column];
      if (typeof value !== "string") continue;
      const isShort = value.length * 3 <= Math.min(sizes.inline, 65_536);
      const bytes = isShort ? value.length * 3 : utf8Length(value);
      if (bytes > hardCap) throw tooLarge(op, column);
      if (bytes > sizes.inline || isManifest(value)) choose(op, column, value);
      else {
        total += bytes;
        if (bytes > 1_024) small.push({ op, column, value, bytes });
      }
    }
  }
  // Values that would fit by themselves but not together: the largest make room.
  small.sort((a, b) => b.bytes - a.bytes);
  for (const { op, column, value, bytes } of small) {
    if (total <= sizes.batch) break;
    choose(op, column, value);
    total -= bytes;
  }
  return large;
}

const valuesOf = (op: WriteOp): AnyRow => (op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {});

const keyOfOp = (op: WriteOp): Key => (op.op === "put" ? keyOf(op.table, op.row) : op.key);

const recordOf = (op: WriteOp): string => `${op.table.name}/${encodeTuple(keyOfOp(op))}`;

const tooLarge = (op: WriteOp, column: string): StorageError =>
  new StorageError("a value is larger than any column takes", {
    code: "too_large",
    details: { table: op.table.name, key: describeKey(keyOfOp(op)), column, limit: hardCap },
  });

/** The operations that may end the life of a value in chunks. */
async function replacingOps(
  ops: readonly WriteOp[],
  memory: TableMemory,
  options: CallOptions | undefined,
): Promise<WriteOp[]> {
  const result: WriteOp[] = [];
  for (const op of ops) {
    const replaces = op.op === "remove" || (op.op === "put" ? op.mode === "upsert" : op.op === "patch" && op.set);
    if (replaces && wideColumns(op.table).length > 0 && (await memory.hasChunks(op.table, options))) result.push(op);
  }
  return result;
}

async function prepare(
  ops: readonly WriteOp[],
  large: ReadonlyMap<WriteOp, ReadonlyMap<string, string>>,
  pieceLength: number,
  clock: Clock,
): Promise<Prepared> {
  const generations: Generation[] = [];
  const chunkRows: Row<typeof chunks>[] = [];
  const prepared: WriteOp[] = [];
  for (const op of ops) {
    const manifests: Record<string, string> = {};
    for (const [column, value] of large.get(op) ?? []) {
      const { data, ...rest } = await pack(value);
      const generation = clock.id();
      const count = Math.max(1, Math.ceil(data.length / pieceLength));
      generations.push({ generation, count, record: recordOf(op), column });
      const common = { generation, table: op.table.name, column, owner: packKey(keyOfOp(op)), createdAt: clock.now() };
      for (let n = 0; n < count; n++) {
        chunkRows.push({ ...common, n, data: data.slice(n * pieceLength, (n + 1) * pieceLength) });
      }
      manifests[column] = writeManifest({ generation, count, ...rest });
    }
    if (op.op === "put") prepared.push({ ...op, row: { ...op.row, ...manifests } as typeof op.row });
    else prepared.push(op.op === "patch" && op.set ? { ...op, set: { ...op.set, ...manifests } } : op);
  }
  return { ops: prepared, generations, chunkRows };
}

/** The generations that the columns of these records hold now. */
async function storedGenerations(
  inner: Engine,
  ops: readonly WriteOp[],
  options: CallOptions | undefined,
): Promise<Generation[]> {
  if (ops.length === 0) return [];
  // One list of keys for each table: every further read is a statement of its own on many a database.
  const byTable = [...Map.groupBy(ops, ({ table }) => table)];
  const answers = await inner.read(
    byTable.map(([table, ops]) => get(table, ops.map(keyOfOp), wideColumns(table))),
    options,
  );
  return byTable.flatMap(([table, ops], index) =>
    ops.flatMap((op, n) => {
      const row = answers[index]?.rows[n] as AnyRow | undefined;
      return wideColumns(table).flatMap((column) => {
        const value = row?.[column];
        if (!isManifest(value)) return [];
        const { generation, count } = readManifest(value);
        return [{ generation, count, record: recordOf(op), column }];
      });
    }),
  );
}

/** What a batch that went through has made superfluous: new chunks that found no place, and old ones that lost theirs. */
function settle(
  ops: readonly WriteOp[],
  results: readonly WriteResult[],
  made: readonly Generation[],
  stored: readonly Generation[],
): { unused: Generation[]; replaced: Generation[] } {
  const unused: Generation[] = [];
  const replaced: Generation[] = [];
  for (const [index, op] of ops.entries()) {
    if (op.op === "check") continue;
    const record = recordOf(op);
    // The bulk form has no results: it always writes what it was given.
    const outcome = results[index]?.outcome ?? (op.op === "remove" ? "removed" : "updated");
    const isWritten = (column: string) => {
      if (outcome === "skipped" || outcome === "missing") return false;
      if (op.op === "patch") return op.set !== undefined && Object.hasOwn(op.set, column);
      return (
        op.op === "remove" || outcome === "inserted" || !(op.keep as readonly string[] | undefined)?.includes(column)
      );
    };
    unused.push(...made.filter((each) => each.record === record && !isWritten(each.column)));
    replaced.push(...stored.filter((each) => each.record === record && isWritten(each.column)));
  }
  return { unused, replaced };
}

async function putChunks(inner: Engine, rows: readonly Row<typeof chunks>[], options: WriteOptions | undefined) {
  if (rows.length === 0) return;
  try {
    await inner.write(
      rows.map((row) => upsert(chunks, row)),
      { ...options, atomic: false },
    );
  } catch (error) {
    if (!isStorageError(error) || error.code !== "unknown_outcome") throw error;
    // No record refers to them yet, so for the caller nothing was written.
    throw new StorageError("the chunks of a value could not be written", { code: "unavailable", cause: error });
  }
}

/** Removes chunks that nobody refers to. A failure leaves them to a later sweep. */
export async function removeChunks(inner: Engine, generations: readonly Pick<Manifest, "generation" | "count">[]) {
  if (generations.length === 0) return;
  const ops = generations.flatMap(chunkKeys).map((key) => remove(chunks, key));
  await inner.write(ops, { atomic: false }).catch(() => {});
}

const uncertain = new Set<ErrorCode>(["unknown_outcome", "internal", "corrupt"]);

/** Whether an error of an atomic write tells that nothing of it was written. */
const wasNotApplied = (error: unknown): boolean =>
  error instanceof TypeError || (isStorageError(error) && !uncertain.has(error.code));
