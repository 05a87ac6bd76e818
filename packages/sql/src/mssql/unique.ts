import {
  type ConflictError,
  type EngineValue,
  encodeTuple,
  type Key,
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

/** What a record holds in the columns of its key and of unique keys. */
type Held = Readonly<Record<string, EngineValue>>;

/** Values of a unique key that an operation takes. */
interface Claim extends Member {
  readonly unique: UniqueKey;
  readonly values: readonly EngineValue[];
  /** Whether another record that the batch is about holds them at that moment. */
  readonly isHeld: boolean;
}

/**
 * The refusal behind a unique key that the database found taken. It names one of the keys, and of a list of rows not the one
 * that it was about. So what the records of the batch hold is read and changed as the batch would: the first operation counts
 * that takes what another record holds. `undefined` when none does any more.
 */
export async function refusedByUnique(
  ops: readonly WriteOp[],
  { mapping, members }: Failed,
  { constraint, read, context }: Lookup,
): Promise<ConflictError | undefined> {
  const { table, names } = mapping;
  const plan = names.indexes.find(({ name, unique }) => unique && name === constraint);
  // A taken primary key: it was free a moment ago, under a lock, so the batch starts over.
  if (!table.unique.some(({ columns }) => columns.join() === plan?.columns.join())) return undefined;
  const own = ops.map((op, index) => ({ op, index })).filter(({ op }) => context.mappingOf(op) === mapping);
  const keys = own.map(({ op }) => keyOfOp(op));
  const records = new Map<string, Held | undefined>(keys.map((key) => [encodeTuple(key), undefined]));
  for (const { record } of await recordsBy(mapping, table.key, keys, read)) records.set(idOf(mapping, record), record);
  const outside = new Set(records.keys());
  const suspects = new Set(members.map(({ index }) => index));
  const claims = claimsOf(mapping, own, records).filter(({ index }) => suspects.has(index));
  const holders = await Promise.all(
    table.unique.map(async (unique) => {
      const asked = claims.filter((claim) => claim.unique === unique);
      const values = asked.map((claim) => claim.values);
      const found = asked.length === 0 ? [] : await recordsBy(mapping, unique.columns, values, read);
      return found.flatMap(({ record, place }) => (outside.has(idOf(mapping, record)) ? [] : [asked[place]]));
    }),
  );
  const held = new Set(holders.flat());
  const refused = claims.find((claim) => claim.isHeld || held.has(claim));
  return refused && refuse(refused.op, refused.index, "unique", refused.unique.name);
}

const idOf = ({ table }: TableMapping, record: Held): string =>
  encodeTuple(table.key.map((name) => record[name] as EngineValue));

/** What operations take one after the other. `records` are those that they are about, and are changed on the way. */
function claimsOf(
  { table }: TableMapping,
  ops: readonly Member[],
  records: Map<string, Held | undefined>,
): readonly Claim[] {
  const claims: Claim[] = [];
  for (const { op, index } of ops) {
    const id = encodeTuple(keyOfOp(op));
    const before = records.get(id);
    const after = changed(op, before);
    records.set(id, after);
    if (after === undefined || after === before) continue;
    for (const unique of table.unique) {
      const values = unique.columns.map((name) => after[name] ?? null);
      if (values.includes(null)) continue;
      const taken = encodeTuple(values);
      const isHeld = [...records].some(
        ([other, record]) =>
          other !== id && record && encodeTuple(unique.columns.map((name) => record[name] ?? null)) === taken,
      );
      claims.push({ op, index, unique, values, isHeld });
    }
  }
  return claims;
}

/** A record after an operation; the same object where that leaves it alone. */
function changed(op: WriteOp, before: Held | undefined): Held | undefined {
  if (op.op === "check" || (op.op !== "put" && op.expect === "absent")) return before;
  if (op.op === "remove") return undefined;
  if (op.op === "put") {
    const row = op.row as Held;
    if (!before) return row;
    if (op.mode === "skip") return before;
    return { ...row, ...Object.fromEntries((op.keep ?? []).map((name) => [name, before[name] ?? null])) };
  }
  if (!before) return undefined;
  const set = Object.entries(op.set ?? {}).filter(([, value]) => value !== undefined);
  const raised = Object.entries(op.raise ?? {}).map(([name, value]) => [
    name,
    Math.max(value as number, Number(before[name] ?? Number.NEGATIVE_INFINITY) + 1),
  ]);
  return { ...before, ...Object.fromEntries(set), ...Object.fromEntries(raised) };
}

/** The records that have one of these values in some columns, each with the place of the values. */
async function recordsBy(
  mapping: TableMapping,
  by: readonly string[],
  keys: readonly (Key | readonly EngineValue[])[],
  read: BatchConnection["read"],
): Promise<{ readonly record: Held; readonly place: number }[]> {
  const { table } = mapping;
  const reader = mapping.reader([...new Set([...table.key, ...table.unique.flatMap(({ columns }) => columns)])]);
  const key = by.map((name) => mapping.column(name));
  const shape = {
    ...{ table: mapping.quoted, columns: reader.list.map((text) => mapping.quotedColumn(text)), key },
    keys: keys.map((values) => key.map((column, at) => mapping.compared(column, values[at] as EngineValue))),
  };
  const [rows = []] = await read([lookupStatement(shape)]);
  return rows.map((row) => ({ record: reader.read(row), place: row[reader.list.length] as number }));
}
