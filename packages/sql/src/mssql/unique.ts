import {
  type ConflictError,
  type EngineValue,
  encodeTuple,
  keyOf,
  type UniqueKey,
  type WriteOp,
} from "@stowage/core/engine";
import type { BatchConnection } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import { keyOfOp, refuse } from "../write/change.ts";
import type { BatchContext } from "../write/interactive.ts";
import { lookupStatement } from "./read.ts";

interface Member {
  readonly op: WriteOp;
  readonly index: number;
}

interface Failed {
  readonly mapping: TableMapping;
  readonly members: readonly Member[];
}

interface Lookup {
  /** Name of the index that the database named. */
  readonly constraint: string | undefined;
  readonly read: BatchConnection["read"];
  readonly context: BatchContext;
}

/**
 * The refusal behind a unique key that the database found taken. It names one of the keys, and of a list of rows not the one
 * that it was about. So each key is looked up for each row: the first row counts whose values another record holds, or an
 * earlier operation of the batch takes. `undefined` when nobody does any more.
 */
export async function refusedByUnique(
  ops: readonly WriteOp[],
  { mapping, members }: Failed,
  { constraint, read, context }: Lookup,
): Promise<ConflictError | undefined> {
  const { table, names } = mapping;
  const plan = names.indexes.find(({ name, unique }) => unique && name === constraint);
  const named = table.unique.find(({ columns }) => columns.join() === plan?.columns.join());
  // A taken primary key: it was free a moment ago, under a lock, so the batch starts over.
  if (!named) return undefined;
  const [only] = members as [Member, ...Member[]];
  if (only.op.op !== "put") return refuse(only.op, only.index, "unique", named.name);
  const found = await Promise.all(
    table.unique.map(async (unique) => {
      const holders = await holdersOf(mapping, unique, members, read);
      const own = ops.map((op, index) => ({ op, index })).filter(({ op }) => context.mappingOf(op) === mapping);
      return { unique, index: firstTaken(own, unique, new Map(members.map(({ index }, at) => [index, holders[at]]))) };
    }),
  );
  const indexes = found.map(({ index }) => index).filter((index) => index !== undefined);
  const first = found.find(({ index }) => index !== undefined && index === Math.min(...indexes));
  return first && refuse(ops[first.index as number] as WriteOp, first.index as number, "unique", first.unique.name);
}

/** The first operation whose values are taken, of those that `holders` knows: by whom, as stored, if by anybody. */
function firstTaken(
  ops: readonly Member[],
  { columns }: UniqueKey,
  holders: ReadonlyMap<number, string | undefined>,
): number | undefined {
  const changed = new Set<string>();
  const taken = new Set<string>();
  for (const { op, index } of ops) {
    if (op.op === "check") continue;
    const own = encodeTuple(keyOfOp(op));
    const values = valuesOf(op, columns);
    const id = values.includes(null) ? undefined : encodeTuple(values);
    if (id !== undefined && holders.has(index)) {
      const holder = holders.get(index);
      const isHeld = holder !== undefined && holder !== own && !changed.has(holder);
      if (isHeld || taken.has(id)) return index;
    }
    if (releases(op, columns)) changed.add(own);
    if (id !== undefined) taken.add(id);
  }
  return undefined;
}

/** Whether the record that an operation found may hold other values in the columns after it. */
function releases(op: Exclude<WriteOp, { op: "check" }>, columns: readonly string[]): boolean {
  if (op.op === "remove") return true;
  if (op.op === "put") return op.mode !== "skip" && columns.some((name) => !op.keep?.includes(name));
  return columns.some((name) => op.set?.[name] !== undefined || op.raise?.[name] !== undefined);
}

/** What an operation puts into columns; null where it does not say. */
function valuesOf(op: WriteOp, columns: readonly string[]): EngineValue[] {
  const row: Readonly<Record<string, EngineValue | undefined>> =
    op.op === "put" ? op.row : op.op === "patch" ? (op.set ?? {}) : {};
  return columns.map((name) => row[name] ?? null);
}

/** The key of the record that holds the values of each member, encoded. */
async function holdersOf(
  mapping: TableMapping,
  { columns }: UniqueKey,
  members: readonly Member[],
  read: BatchConnection["read"],
): Promise<(string | undefined)[]> {
  const { table } = mapping;
  const key = columns.map((name) => mapping.column(name));
  const keys = members.map(({ op }) => {
    const values = valuesOf(op, columns);
    return key.map((column, at) => mapping.compared(column, values[at] as EngineValue));
  });
  const reader = mapping.reader(table.key);
  const shape = { table: mapping.quoted, columns: reader.list.map((text) => mapping.quotedColumn(text)), key, keys };
  const [rows = []] = await read([lookupStatement(shape)]);
  const holders = new Array<string | undefined>(members.length).fill(undefined);
  for (const row of rows) holders[row[reader.list.length] as number] = encodeTuple(keyOf(table, reader.read(row)));
  return holders;
}
