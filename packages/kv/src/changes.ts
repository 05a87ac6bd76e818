import {
  ConflictError,
  describeKey,
  type EngineValue,
  judgeOp,
  keyOfOp,
  nextRow,
  type StoredRecord,
  type WriteResult,
} from "@stowage/core/engine";
import type { Claim, Entry, Layout } from "./layout.ts";
import type { KvWrite } from "./port.ts";

/** What becomes of one record. */
export interface RecordChange {
  readonly layout: Layout;
  readonly id: string;
  /** The record as it was read; every column of the layout and `_rev`. The change holds only while it stands so. */
  readonly before: StoredRecord | undefined;
  /** The whole record afterwards; absent for one that goes, and the same object as `before` for one that stays. */
  readonly after: StoredRecord | undefined;
  /** Entries that the record gains and loses. One that stays is in neither list. */
  readonly put: readonly Entry[];
  readonly remove: readonly Entry[];
}

/** A unique value that changes hands; `undefined` for nobody. */
export interface ClaimChange extends Claim {
  readonly layout: Layout;
  /** The id of the record that held it when it was read. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A record that the batch does not change and that must still be as it was read. */
export interface RecordCheck {
  readonly layout: Layout;
  readonly id: string;
  readonly before: StoredRecord | undefined;
}

/** A batch worked out: no record and no claim is in it twice. */
export interface ChangeSet {
  readonly changes: readonly RecordChange[];
  readonly claims: readonly ClaimChange[];
  readonly checks: readonly RecordCheck[];
}

/** What a batch rests on: records by {@link recordId}, and who holds the unique values it claims, by {@link claimId}. */
export interface Known {
  readonly records: ReadonlyMap<string, StoredRecord | undefined>;
  readonly owners: ReadonlyMap<string, string | undefined>;
}

export const recordId = (layout: Layout, id: string): string => `${layout.table.name}\n${id}`;
export const claimId = (layout: Layout, { unique, value }: Claim): string =>
  `${layout.table.name}\n${unique}\n${value}`;

/**
 * Works out what a batch does, from the state before it. Judges as the contract says: expectations first, then unique keys in
 * the order of the operations.
 *
 * @throws ConflictError when the batch is refused.
 */
export function planChanges(
  batch: readonly KvWrite[],
  { records, owners }: Known,
  sequence: (after?: number) => number,
): { readonly changes: ChangeSet; readonly results: WriteResult[] } {
  const beforeOf = ({ layout, id }: KvWrite) => records.get(recordId(layout, id));
  for (const [index, write] of batch.entries()) judgeOp(write.op, index, beforeOf(write));
  const changes: RecordChange[] = [];
  const checks: RecordCheck[] = [];
  const ledger = new Ledger(owners);
  const results = batch.map((write, index): WriteResult => {
    const { op, layout, id } = write;
    const before = beforeOf(write);
    const rev = before?._rev ?? 0;
    if (op.op === "check") {
      checks.push({ layout, id, before });
      return { outcome: "checked", rev };
    }
    const next = nextRow(op, before);
    if (next === before) {
      // Whether it is there at all decided the outcome.
      checks.push({ layout, id, before });
      return { outcome: op.op === "put" ? "skipped" : "missing", rev };
    }
    const after = next && complete(layout, next, before, sequence(before?._rev));
    for (const claim of before ? layout.claims(before) : []) ledger.release(layout, claim);
    for (const claim of after ? layout.claims(after) : []) {
      if (ledger.take(layout, claim, id)) continue;
      const unique = layout.unique.find(({ name }) => name === claim.unique)?.declared ?? claim.unique;
      const key = describeKey(keyOfOp(op));
      throw new ConflictError({ index, table: op.table.name, key, reason: "unique", unique });
    }
    changes.push({ layout, id, before, after, ...movesOf(layout, before, after) });
    return after ? { outcome: before ? "updated" : "inserted", rev: after._rev } : { outcome: "removed", rev: 0 };
  });
  const changed = new Set(changes.map(({ layout, id }) => recordId(layout, id)));
  const distinct = new Map(checks.map((check) => [recordId(check.layout, check.id), check]));
  return {
    changes: {
      changes,
      claims: ledger.changes(),
      checks: [...distinct].flatMap(([id, check]) => (changed.has(id) ? [] : [check])),
    },
    results,
  };
}

/** The changes that give a record, as it stands, all its entries and claims. */
export function planEntries(layout: Layout, id: string, record: StoredRecord, owners: Known["owners"]): ChangeSet {
  const ledger = new Ledger(owners);
  for (const claim of layout.claims(record)) {
    if (ledger.take(layout, claim, id)) continue;
    const key = describeKey(layout.table.key.map((column) => record[column] as EngineValue));
    throw new ConflictError({ index: 0, table: layout.table.name, key, reason: "unique", unique: claim.unique });
  }
  const change = { layout, id, before: record, after: record, put: layout.entries(record), remove: [] };
  return { changes: [change], claims: ledger.changes(), checks: [] };
}

/** Who holds which unique value, as the operations of a batch change it. */
class Ledger {
  private readonly before: Known["owners"];
  private readonly now = new Map<string, { layout: Layout; claim: Claim; owner: string | undefined }>();

  constructor(before: Known["owners"]) {
    this.before = before;
  }

  release(layout: Layout, claim: Claim): void {
    this.now.set(claimId(layout, claim), { layout, claim, owner: undefined });
  }

  take(layout: Layout, claim: Claim, id: string): boolean {
    const key = claimId(layout, claim);
    const held = this.now.get(key);
    const owner = held ? held.owner : this.before.get(key);
    if (owner !== undefined && owner !== id) return false;
    this.now.set(key, { layout, claim, owner: id });
    return true;
  }

  changes(): ClaimChange[] {
    return [...this.now].flatMap(([key, { layout, claim, owner }]) => {
      const before = this.before.get(key);
      return before === owner ? [] : [{ layout, ...claim, before, after: owner }];
    });
  }
}

/** The row with what its declaration does not know: as it was, or null. */
function complete(
  layout: Layout,
  next: Readonly<Record<string, EngineValue>>,
  before: StoredRecord | undefined,
  rev: number,
): StoredRecord {
  const row: Record<string, EngineValue> = { ...before };
  for (const column of layout.columnNames) row[column] ??= null;
  for (const column of layout.table.columnNames) row[column] = next[column] ?? null;
  return { ...row, _rev: rev } as StoredRecord;
}

function movesOf(layout: Layout, before: StoredRecord | undefined, after: StoredRecord | undefined) {
  const idOf = ({ index, group, place }: Entry) => `${index}\n${group}\n${place}`;
  const had = new Map((before ? layout.entries(before) : []).map((entry) => [idOf(entry), entry]));
  const has = new Map((after ? layout.entries(after) : []).map((entry) => [idOf(entry), entry]));
  return {
    put: [...has].flatMap(([id, entry]) => (had.has(id) ? [] : [entry])),
    remove: [...had].flatMap(([id, entry]) => (has.has(id) ? [] : [entry])),
  };
}
